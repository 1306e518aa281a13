#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# NIST's published vectors (CAVP) by keys in the TEE: RSA signatures (FIPS 186-3, SigGen15, 2048 bits; the primes were computed from its
# numbers) and agreements on the three curves (SP 800-56A, ECC CDH primitive, the first of each). The keys are public.
. "$(dirname "$0")/tap.sh"
only vault
forget_key() {
	as alice festore key rm "$1" 2>err
}

# unhex FILE: what comes in, as bytes. (POSIX's printf knows octal numbers only.)
unhex() {
	octal=$(tr -d '\n' | awk '{
		for (i = 1; i < length($0); i += 2)
			printf "\\%03o", 16 * (index("0123456789abcdef", substr($0, i, 1)) - 1) + index("0123456789abcdef", substr($0, i + 1, 1)) - 1
	}')
	# shellcheck disable=SC2059 # the format is the bytes
	printf "$octal" >"$1"
}

# --- signatures ---

pem rsa.key 'PRIVATE KEY' <<'END'
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDOqAR1MkwdyDR4
J4GNpYusBp00GcYUpuoaxqO1ENzXLMUWlUkF6f75CNReEwBq3yfUZ6fYPBEdGl3x
XvKTdxrvuSADKlu5ifjk9eGwUJPT8TD5hMB6dyo2g/Tcb7KKloFbMhI8zdE5VPGd
W4skoQPncaNMModVxl7WThkk/9BNMLIULMJi9uAEj+9tvGUvIUeeocSx1m0o9NRu
9xheOQy/ouAjgFgvMYi7lOu/BdMUh6Ca/wH8u0zUv9HwqDOzjBGBPIQ2C7U8fUSB
AxxAuthxO7a4NcsICY7RW6Me5LpyioyOEPcpThtBY7eu5XJ3v9iBpvnUPgLGklqj
oEP7f7eNAgMmBEUCggEACZdjTEd8GgOdRMgQsqqjx4YrC4jTcIJy4eFfZvyTiXCf
ihHz6mpa9+/6LQHBicUPDVvL4/onLlbPxKTh04ip3NZd+GKJAlVsi2u2pkFwm1o1
3SYixz1GQL+hNZ0OduHyGfjjPrm9C1nsGY6y/MquA0a9i0AeEuPGfLYpVpwYWi4P
NaL3QWRMHMpeuxOdd6iaKVP8XjAEjA5hnwfI0h0eVrivBxk9D98/Sc1J8u8xOLUT
iGLxRwvS0W40ornnd3psjI1MuUtOi11hbNU5N1PnsPMcx9pVm6jpjYiJFOM0dzuv
SYrYjZYx61/jLlOkFFvwulSL8rClDGP2exTjmKNLDQKBgQDzZOFu8SAX7JWxkjCM
AeCHzuYZq1Cl1TfMAYQdySswvO8NnyxrvV3BC99bn2w1Sk+fIQUgyqcrT1w2uNM/
EDJMVZVhQYkeRbhLSfWepb+sb/o4kArKUJmvzQL2qCV8Qc5bsuQVODK1wi+R6zif
ogNcPPmzN0UxxIPLMM6wByWbHQKBgQDZXAmV+r38vM/mPg8yYvgGhpq1ceF5Ppcj
TLub1LaHKnaVOJlVz2znJFNFpd+AIffZUZVjr7wmZ/UxH60JPeLALNBpEJtjDWjj
v3Z/iniKat16sZny2PakC3wZENnatSrIDQ0zOqyrMhqTCdyITd1NtjegwRFa48CO
+mg/metzMQKBgQDU9++fm+lHup0bO85Z5WCIOaHkZFU+G20RPQ9jZ1i7tHOon5lJ
g26tQLbzFO7jrCJE17bzeeg/MOF3g61o1Qhol4icBRwm4VWKSiIL/CQplYYGRLXX
o+9ROsYSucbAogIbtrnN59vSH+WFh0bHlWPpurfQa0OqtDoKXK+rRRmmYQKBgD2y
OG8XTy6j70tr0WAXSc4tavqL418FEXhiHxaiOtNuugPAcxNjiSQZaeW4ftsPy88a
C9bhrul7rh8tl6q+GbF9vn2Uks22igiX9XI1DoRsZpZg3JeMUGjaWYUk/KihNjWN
Pl+PatXPeNkInJP0cxiRYs4PjEkCoZkCtjOz5pJtAoGBAN3JcRg9zzRQxD4Guirz
I3nu3rLWeFE/twa3WgBgmBVAQfSwnmvjhdSyXYDsJByJnkqYahewoSHaq5Gh5Pxa
GAKnB03z+z92YfDhyXeZ420h3pN8xCCVhdswpWrwoijgAQNu15JiXlNozhAVdKLp
dn8HM4lJ8K/fNYzs0Yxtbz9V
END
forget_key cavp-rsa
expect 0 "import of NIST's key" as alice festore key import cavp-rsa --use sign rsa.key

# signs HASH: the message is in ./message.
signs() {
	expect 0 "a signature with $1" as alice festore sign --key cavp-rsa --scheme pkcs1 --hash "$1" -o signature message
	is "is the published one" "$(hex signature)" "$(tr -d '\n')"
}
unhex message <<'END'
0c8491fc348d341fe85c46a56115f26035c59e6a2be765c44e2ec83d407ea096d13b57e3d0c758342246c47510a56793e5daeae1b96d4ab988378966876aa341
b7d1c31bba59b7dbe6d1a16898eef0caca928f8ce84d5c64e025dc1679922d95e5cd3c6b994a385c5c8346469ef8764c0c74f5336191850c7f7e2b14be0027d8
END
signs sha256 <<'END'
cacc8d9f5ecd34c143488461135c4951676145c6e472b92f12f758046f172142fa388f285f3fff068242028829047e248059ed4fd39d2c5ade469dc7c39345e5
114950d2031cc7465fe712c4041d05c756d3f2d88a46ceb99f2e24a52e958a03cd2519a9b137e62d5ca2b353f7b047b625c3602313fdb53c8db23d83951a599d
b328fedc4ae06da89ce7f56259b5c8222f7bd3d9740478fd28e5810db78aee8623fdd39f603f8ddf98081d7873980c4eb0e22a9cd408f7c4134c12d2049a2d12
0f4b62e6b382b997fc375ef7ac955fcf80b045c3d6385ff422dad350c68870539068a162a2edbb93ceefed9677939b90bd3dfa0dc053460b4e2332efa692179a
END
unhex message <<'END'
6cd59fdd3efd893d091afdc3155d354f10d6d88167427a2cf7246207e51791a6ca6200a914cd2834a9b3c79fcd59e26e457e0683bc33d49267edbdd6e5d90902
696f1e7b1a4affc4ba371339868c28015ebbb73e262669866c35db974ba69e468f2583b9191d15d686cd66fb0b9e0ff0a3b4721a6dc342f14f2446b4e028595b
END
signs sha384 <<'END'
3974900bec3fcb081f0e5a299adf30d087aabaa633911410e87a4979bbe3fa80c3abcf221686399a49bc2f1e5ac40c35df1700e4b9cb7c805a896646573f4a57
0a9704d2a2e6baee4b43d916906884ad3cf283529ea265e8fcb5cc1bdf7b7dee85941e4b4fb25c1fc7b951fb129ab393cb069be271c1d954da3c43674309f1d2
12826fabb8e812de2d53d12597de040d32cb28c9f813159cb18c1b51f7a874cbf229cc222caeb98e35ec5e4bf5c5e22cc8528631f15117e8c2be6eac91f4070e
ecdd07ecc6db6c46eaa65f472f2006988efef0b51c538c6e04d7519c8e3da4b172b1e2761089ed3ad1197992ef37c168dc881c8b5f8bbfee919f7c7afd25b8fc
END
unhex message <<'END'
a7c309d44a57188bbd7b726b98b98ce12582228e1415864870a23961d2afb82cd5bc98bec922d5f2ac4168b056da176ef3ba91f6b699ba6acc4144868ff37f26
fd06720868d12ad26ecb52572cf10416af68df03ab645a8b704857d2190ffc3f07eabe3a8e2abe34ed6159e884c4fae141d4333d5c3e0db044ff9cccd9cbd67f
END
signs sha512 <<'END'
148af61ed5ea8a87a08b3f403929bf8031db4fd3999b64409ba489f97a3ee5208ea4202d2ec18734f615003a51f77441085be6ac0f11810ffa2dad58f0e186d5
520ac2b8a5d3966e8d2abb8074e13b50a4e7de83be10a66fdc7ca18118c5774f781212de9efebc6376fcdddc65a3b1b8f1ab31492fe478259ce719b3db587498
d879a01dec96e8eabeb07ff7073f3f3eb446084955ca26329a791315a2c259d225e26b2154b2047b21faba68115bfd962e5e24ec52d7c5d231e3044cbcd8c880
4855703cbaa622b15b6ef78c7421a367166f1b02576c87360593da75b7189efafd1082bd59f6857f1701f646c24d70c95273c49d5b11e6afe258821b55c1680c
END
forget_key cavp-rsa

# --- agreements ---

# agrees NAME: its private key and the other's public one, and the secret, which comes in.
agrees() {
	forget_key "cavp-$1"
	expect 0 "import of NIST's key on $1" as alice festore key import "cavp-$1" --use derive-raw "$1.key"
	expect 0 "an agreement on $1" as alice festore key derive "cavp-$1" --peer "$1.pub" --raw -o secret
	is "is the published one" "$(hex secret)" "$(tr -d '\n')"
	forget_key "cavp-$1"
}
pem p256.key 'PRIVATE KEY' <<'END'
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfX3F9x6yndr4DWIU
Yy7q4D2QWK8fttIu2AuttivBpTShRANCAATq0hhZARnoh2spFG/4nKYXcMTtu/l9
OM44XtKB2KayMCivYSgf014vpwAlI6zIWkKcsG7mZIMlOJ9Z7fzhQFFB
END
pem p256.pub 'PUBLIC KEY' <<'END'
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcAxI939WWExcxjLKZWQNuRtrrM46
Tfa0LOfMg4gz0ofbceUJ4/2bBg3bILpcUdzFlI1G+/ZA3+BEF4LKuF+krA==
END
agrees p256 <<'END'
46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b
END
pem p384.key 'PRIVATE KEY' <<'END'
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA8wxIqaPDZUCetOMBn
kWug64w4iU0i4bFWGLaBimYXdK1GOyBdqIz2matNQ8nPmKGhZANiAASYA4B/L20v
2WbN0CkL1BDAGQNS++x/9iR94TAt+G8l00/kqXvvYM/1SDVcAV27Pl+6Jspp7C9b
XZ2tIMydpxE4Op2+NOo/paKvdbRlAmKa1U3Yt9c6irsGo6O+R9ZQzJk=
END
pem p384.pub 'PUBLIC KEY' <<'END'
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEp8drlww7X+iwXSg4rgSrR2l7nq9S52RZ
Lv2if+dRMnJzRGa0AAka2/LWjFjgxQBmrGjxny4cuHmu1DqZabkaCDnEw4pJdJtm
Hv7fJDRRkV7QkFoysGCZK0aMZHZvyEN6
END
agrees p384 <<'END'
5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f40ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1
END
pem p521.key 'PRIVATE KEY' <<'END'
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBfuzAerSzKQaPumXl
ah+IkKqTXlcTSuD/zOgCc1FR9OrGVk9u6ZdMXmiHof7+5XQ64iQb/rldXOMd3Lb5
7bTW/EehgYkDgYYABABgL50M+eUmsp4iOBwgPEiohsKwZzAzNmMU8f+8uiQLpC9O
84p2F0Y1+R5rTtNCdesByEZ9BcqAMVvxp7vZRfVQpQG3yF8m9dSy1zVc9rAhF2WZ
Q3YrbR21q08dvETOeylG62x940KWKJP9OH0bc9eoZy0fI2lhFwt+s1eZU+5c3IjN
LQ==
END
pem p521.pub 'PUBLIC KEY' <<'END'
MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAaFpI6Gx58PCHX3vBjSXrX8jAsH5d
pPQ3DzqUkDQIVDNLHhuH+jlUZMYGJhJKTnDQ94VgHTfAmHDr8XZmaHeiBG0BulLF
b8h3bZ6PXbTwzCdjbQt0G74FQAaXlC6AtzmISoO96Z4PZxaTnmMryJhvoY3M1EOj
SLbD5SJJeVWk88MC9nY=
END
agrees p521 <<'END'
005fc70477c3e63bc3954bd0df3ea0d1f41ee21746ed95fc5e1fdf90930d5e136672d72cc770742d1711c3c3a4c334a0ad9759436a4d3c5bf6e74b9578fac148
c831
END
done_testing
