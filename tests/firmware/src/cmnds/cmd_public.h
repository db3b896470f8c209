#ifndef CMD_PUBLIC_H
#define CMD_PUBLIC_H

#include "../new_common.h"

typedef enum {
    CMD_RES_OK, CMD_RES_UNKNOWN_COMMAND, CMD_RES_NOT_ENOUGH_ARGUMENTS, CMD_RES_BAD_ARGUMENT, CMD_RES_ERROR,
    CMD_RES_EMPTY_STRING
} commandResult_t;

typedef commandResult_t (*commandHandler_t)(const void *context, const char *cmd, const char *args, int flags);

enum { COMMAND_FLAG_SOURCE_CONSOLE = 1, COMMAND_FLAG_SOURCE_MQTT = 2, COMMAND_FLAG_SOURCE_HTTP = 4 };

void CMD_Init(void);
void CMD_RegisterCommand(const char *name, commandHandler_t handler, void *context);
commandResult_t CMD_ExecuteCommand(const char *line, int flags);
commandResult_t CMD_ExecuteCommandArgs(const char *cmd, const char *args, int flags);
void CMD_Script_Line(const char *line);
const char *CMD_ResultText(commandResult_t result);

enum { TOKENIZER_ALLOW_QUOTES = 1, TOKENIZER_DONT_EXPAND = 2 };
void Tokenizer_TokenizeString(const char *text, int flags);
int Tokenizer_GetArgsCount(void);
const char *Tokenizer_GetArg(int i);
int Tokenizer_GetArgInteger(int i);
float Tokenizer_GetArgFloat(int i);
const char *Tokenizer_GetArgFrom(int i);

/* expressions */
double CMD_EvaluateExpression(const char *text, const char **end);
bool CMD_ExpandConstant(const char *name, size_t length, double *value);
size_t CMD_ExpandText(char *to, size_t size, const char *from);

void CMD_AddChannelCommands(void);

#endif
