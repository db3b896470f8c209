chacha.o: components/cipher/chacha.c components/cipher/include/cipher.h
