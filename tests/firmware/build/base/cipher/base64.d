base64.o: components/cipher/base64.c components/cipher/include/cipher.h
