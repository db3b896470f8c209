timers.o: components/rtos/timers.c components/rtos/include/rtos.h
