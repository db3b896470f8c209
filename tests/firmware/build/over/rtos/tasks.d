tasks.o: components/rtos/tasks.c components/rtos/include/rtos.h
