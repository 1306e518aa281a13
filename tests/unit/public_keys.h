/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys as OpenSSL writes them, good and bad ones. Made for these tests and used for nothing
 * else. */
#ifndef PUBLIC_KEYS_H
#define PUBLIC_KEYS_H

/* What something can be encrypted to. */
static const char rsa2048[] = "-----BEGIN PUBLIC KEY-----\n"
			      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAskD4iALufdSInpH8J3V/\n"
			      "7ZEZ7UsLkCtcydRfoZcBfUfkFkXPOh9AcBjcDVOaajH2RVwYsGLnj6L2EyU0JHD2\n"
			      "2r+C8eKy6X1H1sFFHQiMNgZciHRbFLT3fj7H1BnOB3ipEJYmjIn00ZGYnf4fvZ9d\n"
			      "mwBiJSQrtH+xT+zqqosZoLUG6IC8xJifmGJRyWfzERRmqPoQB1hheumFatAjaQE7\n"
			      "jvm7SdRDtwhJItvmzIrMPgZyK/cEQS1LnlNkZsUka021jFJ+IwU6tHYvZQW+6UHb\n"
			      "AIT01mueWvJrznF9YH4TT7D8+cBrs7XArjjMVLIpWeUeZJqqbp1tddS8tOT+4C/n\n"
			      "MQIDAQAB\n"
			      "-----END PUBLIC KEY-----\n";

static const char p256[] = "-----BEGIN PUBLIC KEY-----\n"
			   "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtVQzbD1IThETOdSTZfI5ihe5Qvvc\n"
			   "XUn3h9ZH/4eEjKXT7ZQyI+5Kjz/Suf4k6/f5MC8X9gkGiVni3Fjj09S9Tw==\n"
			   "-----END PUBLIC KEY-----\n";

static const char p384[] = "-----BEGIN PUBLIC KEY-----\n"
			   "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEcfLGtIL2/vXm8XA8DGK6CgUVuevGdDIe\n"
			   "j1v4Jf4lRokipztT+wFQL04r5NiHt3weSKbK72DNhevIx6pd2/TJIL/xO9itoYiH\n"
			   "f7wCg3+Jusw2swM6Qb3u+yNA0KDe50RF\n"
			   "-----END PUBLIC KEY-----\n";

static const char p521[] = "-----BEGIN PUBLIC KEY-----\n"
			   "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQA4YvWBITbioVsaEJn8Q4fVM/NoDdx\n"
			   "cH+n7dI7dFQcWaln3BzKnNYz+zXj6aDDyIV04Gb07TyGgiTJIKhESwFHbsIBqSi0\n"
			   "jeoICx98zamSRjyeH3K5gymgBtQIL34fwvVmdJMMLxMPW1TYqvnlXVExNpliq1/V\n"
			   "xsWf5H/8TWyJnWiK7zM=\n"
			   "-----END PUBLIC KEY-----\n";

static const char x25519[] = "-----BEGIN PUBLIC KEY-----\n"
			     "MCowBQYDK2VuAyEA5tESFCAqUmzPKcoHZApek8ydereirCvZUlLOiEq1jyA=\n"
			     "-----END PUBLIC KEY-----\n";

/* What nothing can be encrypted to: sizes, kinds, curves. */
static const char rsa1024[] = "-----BEGIN PUBLIC KEY-----\n"
			      "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCwVpTwNI34vCM9xd3jNdgRiRnU\n"
			      "8JCqYDmKVOvn/mXt+0v3otprOMCTUdqtKLMRpROr4qnC7p+mCp+a/MOVytBZFL/S\n"
			      "NfYC9MrGp39V8v6MH963rUEtPwf+V0qJAUfb8ZB4qEqqLZZquc38TuFM2PRAbj9r\n"
			      "16bmZzJ2vsu7e1S8YwIDAQAB\n"
			      "-----END PUBLIC KEY-----\n";

static const char rsa4104[] = "-----BEGIN PUBLIC KEY-----\n"
			      "MIICIzANBgkqhkiG9w0BAQEFAAOCAhAAMIICCwKCAgIA4Un/7ovZ8ihCh8MS+InY\n"
			      "xfUtGC3pGFfGjyIdYSQ+JF1+D8gSieP60ayk9/lAWVzIQOKX00xkWRrO4aCjSs3r\n"
			      "Nzj2VyUVxlsnB7gQuYiSMXXjEcND2h7HQs6sMPaHgMzkNRU5uzGQsc27HQOP+XmA\n"
			      "Jl3/+zIaYMUrUIitVFWQQzKxLNgpKEWJ65IRq12E9SDD+G/2V4dk5EeA0/xCU1fA\n"
			      "ONonsp4Z7kqgI3kg6mLbYyyY88l9RTJicTW+Ua8n9Mh//ZbOi9mbteRyvGYPrsdR\n"
			      "ZwZqfwav60CAumos+R8nFh2DxgC5N6iyGSp3JkX4+U9LqeH+N0ifoja8hswDiCU2\n"
			      "f0cLzk1lyh80t4dq+T4GqOiyv8FI4bMiyW4XXPfwF73Ozg2H+yDJwpgU8PG9OxRM\n"
			      "rMlSeZGowUPKu89mUylDn38bhhGO9qRGNiJhCIk0e2OYy5YiHpzYws9xfV/T9Nr8\n"
			      "xcZSzAPkz51BMTOAG2MFFX7hGOYi9Pxrz82TSYrZvxhBr2dujEhlO3XP3423FPLj\n"
			      "EmVQswz5/1aX/D5uZOCNUzHNQqC/ZWzdpvBRHU3NIHzVyeRQGUiIxU/4dLDdfSt9\n"
			      "LDa7aksas9iNYHW0RcoTEckTa3CoEJftMtS0BlhgiXsWHorIGyhSG2gDLWWEP/st\n"
			      "rylJX6wygN4gAQU1NInE4MadAgMBAAE=\n"
			      "-----END PUBLIC KEY-----\n";

static const char rsa_pss[] = "-----BEGIN PUBLIC KEY-----\n"
			      "MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAJ/ZAKtt7dtGus8jAYpdcaQ/\n"
			      "ARTcCY44xZ249WAJid9AP3OZABKBzDOV5wV435Ju+sPaBQd+B45E6As7naR0wXkX\n"
			      "LqX8BeI9oKANXVMk0gUuObivfWM0YtIeL9Kf3o1kr9OzEtRRV+eq1MvdDuvp+Bav\n"
			      "ToaXQcQVk0xS0oUEPyLwpbtN60ZD/nuEpaisqvEULx5mpZ2t2iEzQUO/QGvKCZ61\n"
			      "MpyZ4tLu32yl7LVhYK4/lrtvUXSKCxcz6VuoLmj9L0WQTPiCsm0MLOV0LVbVdON/\n"
			      "RyIxctWVSShpJIjzZj+BzBueV8Qe6ao6PistTX3zRePslKw4BjdDVkMKZc4XWDsC\n"
			      "AwEAAQ==\n"
			      "-----END PUBLIC KEY-----\n";

static const char ed25519[] = "-----BEGIN PUBLIC KEY-----\n"
			      "MCowBQYDK2VwAyEAejiE0PkJJe0Ko+4JdqJc12RrpGpmPcT6+BTIvl7gqlc=\n"
			      "-----END PUBLIC KEY-----\n";

static const char x448[] = "-----BEGIN PUBLIC KEY-----\n"
			   "MEIwBQYDK2VvAzkASDFojr9oRuQ3b2MFrRv3grD/Foyv9sxbfOUxsU8Ai/5yJirm\n"
			   "HSXBQouhl5Qjw7lWMRIXIJVd/L8=\n"
			   "-----END PUBLIC KEY-----\n";

static const char p256k1[] = "-----BEGIN PUBLIC KEY-----\n"
			     "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEJl84zfWQilg84i4xiLbMmbw+gARk8JTX\n"
			     "BVFtVTixjDcHO9k1tMs4iA9PkFJVZA3YabQZPYP/i7qrZ+9W7NR42w==\n"
			     "-----END PUBLIC KEY-----\n";

static const char p256_explicit[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA\n"
	"AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////\n"
	"///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd\n"
	"NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5\n"
	"RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA\n"
	"//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABJ730s38xgNBWAyk+PXWQTBM\n"
	"31jNN/q/SsAx2/debPuLhiE1Uy75ibGJd85fcJHQavYhkwSOq6RYly5Pfa/i0n4=\n"
	"-----END PUBLIC KEY-----\n";

/* Points that are none, or of small order; encodings that are cut or too long. */
static const char p256_off_curve[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtVQzbD1IThETOdSTZfI5ihe5Qvvc\n"
	"XUn3h9ZH/4eEjKXT7ZQyI+5Kjz/Suf4k6/f5MC8X9gkGiVni3Fjj09S9Tg==\n"
	"-----END PUBLIC KEY-----\n";

static const char p256_infinity[] = "-----BEGIN PUBLIC KEY-----\n"
				    "MBkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDAgAA\n"
				    "-----END PUBLIC KEY-----\n";

static const char p256_cut[] = "-----BEGIN PUBLIC KEY-----\n"
			       "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtVQzbD1IThETOdSTZfI5ihe5Qvvc\n"
			       "XUn3h9ZH/4eEjKXT7ZQyI+5Kjz/Suf4k6/f5MC8X9gkGiVni3Fjj09S9\n"
			       "-----END PUBLIC KEY-----\n";

static const char p256_trailing[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtVQzbD1IThETOdSTZfI5ihe5Qvvc\n"
	"XUn3h9ZH/4eEjKXT7ZQyI+5Kjz/Suf4k6/f5MC8X9gkGiVni3Fjj09S9TwA=\n"
	"-----END PUBLIC KEY-----\n";

static const char x25519_zero[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
				  "-----END PUBLIC KEY-----\n";

static const char x25519_one[] = "-----BEGIN PUBLIC KEY-----\n"
				 "MCowBQYDK2VuAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
				 "-----END PUBLIC KEY-----\n";

/* What is no public key. */
static const char certificate[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBbDCCAROgAwIBAgIUPykPQ9wyG+1GUa1lNjGEcxdsfNYwCgYIKoZIzj0EAwIw\n"
	"DDEKMAgGA1UEAwwBeDAeFw0yNjExMzAyMDE0MjdaFw0zNjExMjcyMDE0MjdaMAwx\n"
	"CjAIBgNVBAMMAXgwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS1VDNsPUhOERM5\n"
	"1JNl8jmKF7lC+9xdSfeH1kf/h4SMpdPtlDIj7kqPP9K5/iTr9/kwLxf2CQaJWeLc\n"
	"WOPT1L1Po1MwUTAdBgNVHQ4EFgQU6Km7TWVciOYwtLi8GFSLZd5BH8QwHwYDVR0j\n"
	"BBgwFoAU6Km7TWVciOYwtLi8GFSLZd5BH8QwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"
	"hkjOPQQDAgNHADBEAiAOHnMOuRNKECUveRTl7ZiOaLT/S70MZZ5PBR5BlrJ3owIg\n"
	"R16xH3MSVbr7qg/TBXrifpJh+XC6CWms9/g+slS7eJg=\n"
	"-----END CERTIFICATE-----\n";

static const char private_key[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VuBCIEINiLIR1XKTZKqxuvZDyxUjs8dCThLmn6HiBU4ehZxul/\n"
	"-----END PRIVATE KEY-----\n";

#endif
