/* SPDX-License-Identifier: BSD-2-Clause */
/* A private key as OpenSSL writes it. Made for these tests and used for nothing else. */
#ifndef PRIVATE_KEYS_H
#define PRIVATE_KEYS_H

/* Chosen so that d has another value that fits the modulus' bytes, and 1/q mod p one of half. */
static const char private_rsa2048[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCnYHszjJ5G5mcu\n"
	"B/N7qOMUU1Gunv9KEpsr+umaccQRI9IMMno9QGSuNYqz7Fp8F3sR5n93hgh/9MPQ\n"
	"VwlnC3as4N3t43A4a/dBBURG7f6L2JjI5euigozVxl0xQLw0IONhkZeXmMAC/KSz\n"
	"fbdWcA+yTULwc2eQczCWSvHIhlCWyfJOi2tqsYiqlSnOoa3STJSeiKk23nX2+p0L\n"
	"PdqkBt/tWydVY3hLZJW+qAZTeW4mrpsSMfwGB6SHMiXWmbFzzsTqx8+zebxkyojK\n"
	"yg9oqSZxjNTLiboe838GU/ebn0NNIH0dwWWueG3/bMNi+gllAPsQjW52vMvZQ7tS\n"
	"I9Q6qxV5AgMBAAECggEAAJoif1I5bIheJSZ+q/p0zKkrEU19nhrYh404w2c23Rfr\n"
	"pMMWuPsvEYhcRh7qyWj9NpiFa1zmUW2EOc7iWAZMyDzr13P6vp02z7tQ3k9zW7Xt\n"
	"AMYA9b3x+z/iLG/u7WIT51EygidYw3n8rq+cVfmDuPC5tas4m2aqrVO6MG45Qn2Y\n"
	"fgqu30hgU46vP0/Slf3hCp2tpcTV12P4HLu4AvPELJhvCtjbBzpqhyfaU1neUaK0\n"
	"1sbs3hkBdYKzKVWslC5SvMT2InwyAKLOK51ky4CNFpQ6wCC7A0fRTgq4Qv5EtGj4\n"
	"YdjAo+FgWUTqiaqtC1ibgjGIHFJE+fwZhKVQFgd9IQKBgQDPz2g/J8jixTGwadWq\n"
	"jHtOXGD3r9FZKNsdZoaKhFKCLMTU7sP2scQ2AzFPOqtdkIEHkYnDIa0+zqBVqDFF\n"
	"KHqqy74UiLUedl8a9fi62F45pwtq1b8p4sjAcXExP1NP6KhY9yW5MZ+YUYSToYEY\n"
	"38pfNqHWGe/EQ44VU98XTEujcQKBgQDOMMMqIG7owC9KtENNCzeViMVnvnNWp8eJ\n"
	"vVULhtWeyOK6V4gF/Qve+cK/kAr2P9JjeDnYw+nyDi7PVFJBjwgtkRzWpNgtLmy5\n"
	"qMTwxjYx4CZiPgYijCob2YrCVB6rzRF6aCiVRKJKhsxvMNDwfxN5lxgO4n8QifQV\n"
	"kvLFyi9+iQKBgQCHo0DPuBAOs9cy5mFn6Dmzc+h2wnNKVrhuADVgw+12ufHfadjO\n"
	"dEk1V/AfXpPrhh4x6nSYwKprjEJqplVCZqFqSYHPtUtCjtCUsGegzQjzaGyzVsBn\n"
	"fna55VGUa1jdl2YKa4Zb0l/w84QtOAUjTy6v5uDK9jLhT5a1pQDAHDRigQKBgAXD\n"
	"hzEeRvtqo+fKsjbtIVikwh/sSv0ZI5LOIBp6Ym5V30CmQb8pG7PX94GzXRsVHaR6\n"
	"L+PHVjrV+qkBCmuau/fKHqxBX2mj6pYmCZtRbyJlyazlXvaIRIUSx7Y288SJrvtk\n"
	"/f1uNbsvmXdiPfT7GGhFuP5xhmvH73LK8M5moH1BAoGAGwwAn+6XuLNog6RtytOf\n"
	"259qC0gx7Ejha9jaLzkdQxp2Bjbc0+qUQSOYB2vtOEU4nxuNbrvxl2HrGAjaD0Yp\n"
	"CrGTAiGbN22ezyYRJ0y05L1hpDxavtRcMEJlpFXCQiUHja6x97UOzK/PI68HWNh+\n"
	"4bcZiZB8KbmesCaIuMTG/4g=\n"
	"-----END PRIVATE KEY-----\n";

#endif
