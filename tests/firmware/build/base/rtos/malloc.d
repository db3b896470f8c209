malloc.o: components/rtos/malloc.c components/rtos/include/rtos.h
