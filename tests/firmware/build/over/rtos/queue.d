queue.o: components/rtos/queue.c components/rtos/include/rtos.h
