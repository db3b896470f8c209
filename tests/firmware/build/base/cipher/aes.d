aes.o: components/cipher/aes.c components/cipher/include/cipher.h
