/* I2C by toggling pins, SPI by the peripheral and its DMA. */
#include "bl_platform.h"
#include "hal.h"

#define I2C_SDA 3
#define I2C_SCL 4

static void (*spi_done)(void);
static uint32_t spi_descriptor[4];
int spi_errors;           /* a common symbol: no initialiser, no extern */
uint32_t spi_transfers;

static void i2c_level(unsigned pin, bool high)
{
    if (high)
        hal_gpio_input(pin, true);
    else
        hal_gpio_output(pin, false);
    rom_delay_us(4);
}

static void i2c_start(void)
{
    i2c_level(I2C_SDA, true);
    i2c_level(I2C_SCL, true);
    i2c_level(I2C_SDA, false);
    i2c_level(I2C_SCL, false);
}

static void i2c_stop(void)
{
    i2c_level(I2C_SDA, false);
    i2c_level(I2C_SCL, true);
    i2c_level(I2C_SDA, true);
}

static bool i2c_send(uint8_t byte)
{
    for (int bit = 7; bit >= 0; bit--) {
        i2c_level(I2C_SDA, (byte >> bit) & 1);
        i2c_level(I2C_SCL, true);
        i2c_level(I2C_SCL, false);
    }
    i2c_level(I2C_SDA, true);
    i2c_level(I2C_SCL, true);
    bool acknowledged = !hal_gpio_get(I2C_SDA);
    i2c_level(I2C_SCL, false);
    return acknowledged;
}

static uint8_t i2c_receive(bool more)
{
    uint8_t byte = 0;

    i2c_level(I2C_SDA, true);
    for (int bit = 0; bit < 8; bit++) {
        i2c_level(I2C_SCL, true);
        byte = (uint8_t)(byte << 1 | hal_gpio_get(I2C_SDA));
        i2c_level(I2C_SCL, false);
    }
    i2c_level(I2C_SDA, !more);
    i2c_level(I2C_SCL, true);
    i2c_level(I2C_SCL, false);
    return byte;
}

int hal_i2c_write(unsigned address, const uint8_t *data, size_t length)
{
    int result = -1;

    i2c_start();
    if (i2c_send((uint8_t)(address << 1))) {
        result = 0;
        while (length-- && result == 0)
            result = i2c_send(*data++) ? 0 : -2;
    }
    i2c_stop();
    return result;
}

int hal_i2c_read(unsigned address, uint8_t *data, size_t length)
{
    i2c_start();
    if (!i2c_send((uint8_t)(address << 1 | 1))) {
        i2c_stop();
        return -1;
    }
    while (length--)
        *data++ = i2c_receive(length != 0);
    i2c_stop();
    return 0;
}

void hal_spi_init(uint32_t hz, unsigned mode)
{
    volatile uint32_t *spi = (volatile uint32_t *)0x4000A200u;
    uint32_t half = hal_clock_hz(1) / (2 * (hz ? hz : 1));

    if (half > 255)
        half = 255;
    spi[0] = (mode & 3u) << 4 | 1u;
    spi[0x10 / 4] = half | half << 8 | half << 16;
    spi[0x80 / 4] = 0xCu;
}

void hal_spi_write(const uint8_t *data, size_t length)
{
    volatile uint32_t *spi = (volatile uint32_t *)0x4000A200u;

    while (length--) {
        while ((spi[0x84 / 4] & 7u) == 0)
            ;
        spi[0x88 / 4] = *data++;
    }
}

static void spi_dma_irq(void *unused)
{
    volatile uint32_t *dma = (volatile uint32_t *)0x4000C000u;

    (void)unused;
    if (dma[3] & 1u)
        spi_errors++;
    dma[2] = 1;
    if (spi_done)
        spi_done();
}

bool hal_spi_dma(const uint8_t *data, size_t length, void (*done)(void))
{
    volatile uint32_t *dma = (volatile uint32_t *)0x4000C100u;

    if (length > 4095 || (dma[4] & 1u))
        return false;
    spi_done = done;
    spi_transfers++;
    irq_attach(15, spi_dma_irq, NULL);
    irq_enable(15);
    spi_descriptor[0] = (uint32_t)(uintptr_t)data;
    spi_descriptor[1] = 0x4000A288u;
    spi_descriptor[2] = 0;
    spi_descriptor[3] = (uint32_t)length | 1u << 26 | 1u << 31;
    for (int i = 0; i < 4; i++)
        dma[i] = spi_descriptor[i];
    dma[4] = 1u | 3u << 11;
    return true;
}
