new_cfg.o: src/new_cfg.c src/new_common.h src/obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h components/easykv/include/easykv.h
