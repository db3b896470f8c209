aead.o: components/cipher/aead.c components/cipher/include/cipher.h
