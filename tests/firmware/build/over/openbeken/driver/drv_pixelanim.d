drv_pixelanim.o: src/driver/drv_pixelanim.c src/driver/../obk_config.h
