cmd_main.o: src/cmnds/cmd_main.c src/cmnds/cmd_public.h \
 src/cmnds/../new_common.h src/cmnds/../obk_config.h \
 components/platform/include/bl_platform.h components/hal/include/hal.h \
 components/lwip/include/lwip_lite.h components/rtos/include/rtos.h \
 components/wifi/include/wifi_mgr.h src/cmnds/../mqtt/new_mqtt.h \
 src/cmnds/../mqtt/../new_common.h src/cmnds/../littlefs/our_lfs.h \
 src/cmnds/../driver/drv_public.h src/cmnds/../driver/../new_common.h \
 src/cmnds/../json/json_printer.h components/cli/include/cli.h
