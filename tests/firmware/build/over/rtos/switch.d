switch.o: components/rtos/switch.S
