version.o: components/startup/version.c
