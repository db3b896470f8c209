new_http.o: src/httpserver/new_http.c src/httpserver/new_http.h \
 src/httpserver/../new_common.h src/httpserver/../obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h
