md5.o: components/cipher/md5.c components/cipher/include/cipher.h
