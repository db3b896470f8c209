drv_cse7766.o: src/driver/drv_cse7766.c src/driver/../obk_config.h
