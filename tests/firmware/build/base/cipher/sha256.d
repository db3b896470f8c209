sha256.o: components/cipher/sha256.c components/cipher/include/cipher.h
