/* Commands about channels and pins. */
#include "cmd_public.h"

static commandResult_t CMD_SetChannel(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 2)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    CHANNEL_Set(Tokenizer_GetArgInteger(0), Tokenizer_GetArgInteger(1), false);
    return CMD_RES_OK;
}

static commandResult_t CMD_Toggle(const void *context, const char *cmd, const char *args, int flags)
{
    CHANNEL_Toggle(atoi(args));
    return CMD_RES_OK;
}

static commandResult_t CMD_SetPinRole(const void *context, const char *cmd, const char *args, int flags)
{
    Tokenizer_TokenizeString(args, 0);
    if (Tokenizer_GetArgsCount() < 2)
        return CMD_RES_NOT_ENOUGH_ARGUMENTS;
    int pin = Tokenizer_GetArgInteger(0);
    PIN_SetRole(pin, Tokenizer_GetArgInteger(1), Tokenizer_GetArgsCount() > 2 ? Tokenizer_GetArgInteger(2) : g_cfg.pin_channel[pin & 31]);
    return CMD_RES_OK;
}

void CMD_AddChannelCommands(void)
{
    CMD_RegisterCommand("setChannel", CMD_SetChannel, NULL);
    CMD_RegisterCommand("toggleChannel", CMD_Toggle, NULL);
    CMD_RegisterCommand("setPinRole", CMD_SetPinRole, NULL);
}
