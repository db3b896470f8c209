/* /cm?cmnd=…: commands for programs. */
#include "new_http.h"
#include "../cmnds/cmd_public.h"

int http_fn_cm(http_request_t *request)
{
    char line[192];

    http_setup(request, "application/json");
    if (!http_getArg(request->query, "cmnd", line, sizeof line)) {
        poststr(request, "{\"WARNING\":\"Enter command cmnd=\"}");
        return 0;
    }
    hprintf(request, "{\"result\":\"%s\"}", CMD_ResultText(CMD_ExecuteCommand(line, COMMAND_FLAG_SOURCE_HTTP)));
    return 0;
}
