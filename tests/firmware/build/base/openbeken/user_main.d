user_main.o: src/user_main.c src/obk_config.h
