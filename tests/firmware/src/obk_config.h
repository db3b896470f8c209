/* What this build holds. One block for each platform; below them, what follows from the choices. */
#ifndef OBK_CONFIG_H
#define OBK_CONFIG_H

/* variants of a platform, chosen by the build */
#define OBK_VARIANT_DEFAULT			0
#define OBK_VARIANT_POWERMETERING	1
#define OBK_VARIANT_SMALL			2
#define OBK_VARIANT_IRREMOTEESP		3

#ifndef OBK_VARIANT
#define OBK_VARIANT OBK_VARIANT_DEFAULT
#endif

#if PLATFORM_XR809

#define ENABLE_NTP				1
//#define ENABLE_HA_DISCOVERY	1

#elif PLATFORM_W600

// parts for the devkit
#define ENABLE_NTP				1
#define ENABLE_HA_DISCOVERY		1
#define ENABLE_DRIVER_BL0942	1
#define ENABLE_DRIVER_CSE7766	1

#elif PLATFORM_BL602

#if (OBK_VARIANT == OBK_VARIANT_SMALL)

// fits the smallest modules
#define ENABLE_NTP						1
#define ENABLE_DRIVER_BL0942			1
#define ENABLE_DRIVER_DHT				1
#define ENABLE_DRIVER_SSDP				1
#define ENABLE_DRIVER_NTC				1
#define ENABLE_I18N_HELP				1
#define ENABLE_LITTLEFS					1

#else

#define ENABLE_HA_DISCOVERY				1
#define ENABLE_LITTLEFS					1
#define ENABLE_ADVANCED_LOG				1
#define ENABLE_NTP						1
#define ENABLE_TIME_SUNRISE_SUNSET		1
#define ENABLE_CALENDAR_EVENTS			1
// $VAR in commands; costs little
#define ENABLE_EXPAND_CONSTANT			1
#define ENABLE_EXPR_FUNCTIONS	1	/* sin, pow and friends pull in most of libm */
#define ENABLE_MQTT_CIPHER				1
#define ENABLE_I18N_HELP				1
#define ENABLE_TEST_COMMANDS			1
#define ENABLE_WIFI_STATS				1
#define ENABLE_BOOT_STAMP				1
//#define ENABLE_MQTT_DEDUPER			1

// energy metering
#define ENABLE_DRIVER_BL0942			1
#define ENABLE_DRIVER_CSE7766			1
//#define ENABLE_DRIVER_BL0937			1

// discovery by other ecosystems
#define ENABLE_DRIVER_SSDP				1
#define ENABLE_DRIVER_WEMO				1

// sensors and displays
//#define ENABLE_DRIVER_DHT				1
//#define ENABLE_DRIVER_NTC				1
//#define ENABLE_DRIVER_MAX72XX			1
//#define ENABLE_DRIVER_HT16K33			1

// LED strips
#define ENABLE_DRIVER_SM16703P			1
#define ENABLE_DRIVER_PIXELANIM			1

// wanted in every build for now
//#if (OBK_VARIANT == OBK_VARIANT_IRREMOTEESP)
#define ENABLE_DRIVER_IRREMOTEESP		1
//#endif

#endif

#elif WINDOWS

// the simulator has everything
#define ENABLE_HA_DISCOVERY				1
#define ENABLE_LITTLEFS					1
#define ENABLE_ADVANCED_LOG				1
#define ENABLE_NTP						1
#define ENABLE_TIME_SUNRISE_SUNSET		1
#define ENABLE_CALENDAR_EVENTS			1
#define ENABLE_EXPAND_CONSTANT			1
#define ENABLE_DRIVER_BL0942			1
#define ENABLE_DRIVER_CSE7766			1
#define ENABLE_DRIVER_SSDP				1
#define ENABLE_DRIVER_WEMO				1
#define ENABLE_DRIVER_DHT				1
#define ENABLE_DRIVER_HT16K33			1

#else

#warning "obk_config.h: no platform given"

#endif


// What follows from the above.

// counters, statistics and the page of all energy meters
#if ENABLE_DRIVER_BL0942 || ENABLE_DRIVER_CSE7766 || ENABLE_DRIVER_BL0937
#define ENABLE_BL_SHARED 1
#endif

// log lines can go to a file if there is a file system
#if defined(ENABLE_LITTLEFS) && defined(ENABLE_ADVANCED_LOG)
#define ENABLE_LOG2LFS 1
#endif

#endif
