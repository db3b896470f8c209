start.o: components/startup/start.S
