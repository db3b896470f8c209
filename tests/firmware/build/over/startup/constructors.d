constructors.o: components/startup/constructors.c
