/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs as standards print them. Included behind hex.h. */
#ifndef PAIR_VECTORS_H
#define PAIR_VECTORS_H

/* Public parts, then the private one, in hexadecimal. */
struct pair_vector {
	const char *name;
	uint16_t type;
	const char *public;
	const char *private;
};

/* Two of a curve stand side by side, and agree upon the secret below. */
static const struct pair_vector agreeing_pairs[] = {
	{"RFC 5903, initiator, P-256", FESTORE_WIRE_P256,
		"dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c377258118052"
		"71a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
		"c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"},
	{"RFC 5903, responder, P-256", FESTORE_WIRE_P256,
		"d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356"
		"fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
		"c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53"},
	{"RFC 5903, initiator, P-384", FESTORE_WIRE_P384,
		"667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de"
		"3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f6503"
		"2149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
		"099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e3"
		"5b538041e649ee3faef896783ab194"},
	{"RFC 5903, responder, P-384", FESTORE_WIRE_P384,
		"e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d"
		"1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f66ee"
		"be3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
		"41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0"
		"308312916b8ed2960e4bd55a7448fc"},
	{"RFC 5903, initiator, P-521", FESTORE_WIRE_P521,
		"0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1"
		"e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e"
		"017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8"
		"a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
		"0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095"
		"aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52"},
	{"RFC 5903, responder, P-521", FESTORE_WIRE_P521,
		"00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b"
		"97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f"
		"015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b8722"
		"0b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
		"0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c"
		"677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9"},
	{"RFC 7748, Alice", FESTORE_WIRE_X25519,
		"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"},
	{"RFC 7748, Bob", FESTORE_WIRE_X25519,
		"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
		"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"},
};

#define AGREEING_PAIRS (sizeof(agreeing_pairs) / sizeof(agreeing_pairs[0]))

struct signing_vector {
	struct pair_vector pair;
	const char *message;
	const char *signature;
};

static const struct signing_vector signing_vectors[] = {
	{{"RFC 8032, test 1", FESTORE_WIRE_ED25519,
		 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
		 "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"},
		"",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{{"RFC 8032, test 2", FESTORE_WIRE_ED25519,
		 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
		 "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"},
		"72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{{"RFC 8032, test 3", FESTORE_WIRE_ED25519,
		 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		 "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"},
		"af82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

#define SIGNING_VECTORS (sizeof(signing_vectors) / sizeof(signing_vectors[0]))

#endif
