/* Thermistor on the ADC, by the equation of Steinhart and Hart. The driver table decides. */
#include "drv_local.h"

#include <math.h>

static struct {
    double a, b, c;
    double pull_up;
    double celsius;
    double dew_point;
    int channel;
} ntc = {1.129148e-3, 2.34125e-4, 8.76741e-8, 10000.0, 0.0, 0.0, -1};

static double ntc_resistance(int raw)
{
    double ratio = (double)raw / 4096.0;

    if (ratio <= 0.001 || ratio >= 0.999)
        return -1.0;
    return ntc.pull_up * ratio / (1.0 - ratio);
}

/* coefficients from three measured points: ohms at degrees */
static bool ntc_solve(const double ohm[3], const double celsius[3])
{
    double l[3], y[3];

    for (int i = 0; i < 3; i++) {
        if (ohm[i] <= 0.0)
            return false;
        l[i] = log(ohm[i]);
        y[i] = 1.0 / (celsius[i] + 273.15);
    }
    double g2 = (y[1] - y[0]) / (l[1] - l[0]), g3 = (y[2] - y[0]) / (l[2] - l[0]);
    ntc.c = (g3 - g2) / (l[2] - l[1]) / (l[0] + l[1] + l[2]);
    ntc.b = g2 - ntc.c * (l[0] * l[0] + l[0] * l[1] + l[1] * l[1]);
    ntc.a = y[0] - (ntc.b + l[0] * l[0] * ntc.c) * l[0];
    return isfinite(ntc.a) && isfinite(ntc.b) && isfinite(ntc.c);
}

static commandResult_t CMD_NTC_Setup(const void *context, const char *cmd, const char *args, int flags)
{
    double ohm[3], celsius[3];

    int n = sscanf(args, "%d %lf %lf:%lf %lf:%lf %lf:%lf", &ntc.channel, &ntc.pull_up, &ohm[0], &celsius[0], &ohm[1],
                   &celsius[1], &ohm[2], &celsius[2]);
    if (n == 2)
        return CMD_RES_OK;
    if (n != 8)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    if (!ntc_solve(ohm, celsius)) {
        ADDLOG_ERROR(LOG_FEATURE_DRV, "NTC: these points have no curve");
        return CMD_RES_BAD_ARGUMENT;
    }
    ADDLOG_INFO(LOG_FEATURE_DRV, "NTC: A %.6e B %.6e C %.6e", ntc.a, ntc.b, ntc.c);
    return CMD_RES_OK;
}

void NTC_OnEverySecond(void)
{
    int pin = PIN_FindRole(IOR_ADC, 0);

    if (pin < 0)
        return;
    double ohm = ntc_resistance(hal_adc_read((unsigned)pin));
    if (ohm < 0.0)
        return;
    double l = log(ohm);
    double kelvin = 1.0 / (ntc.a + ntc.b * l + ntc.c * l * l * l);
    ntc.celsius = 0.9 * ntc.celsius + 0.1 * (kelvin - 273.15);
    double humidity = (double)CHANNEL_Get(ntc.channel + 1) / 1000.0;
    if (humidity > 0.0) {
        double g = log(humidity) + 17.62 * ntc.celsius / (243.12 + ntc.celsius);
        ntc.dew_point = 243.12 * g / (17.62 - g);
    }
    if (ntc.channel >= 0)
        CHANNEL_Set(ntc.channel, (int)lround(ntc.celsius * 10.0), false);
}

void NTC_AppendInformation(http_request_t *request)
{
    hprintf(request, "<h5>NTC: %.2f C, dew point %.2f C</h5>", ntc.celsius, ntc.dew_point);
}

void NTC_Init(void)
{
    CMD_RegisterCommand("NTC_Setup", CMD_NTC_Setup, NULL);
}
