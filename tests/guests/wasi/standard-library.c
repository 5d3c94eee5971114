// World `wasi`. What a C library does behind a handler that prints, asks for the time, the environment and a file:
// Returned, `send`, with a line in the log for each.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((export_name("evroute:tm/local-request@0.1.0#handle"))) const int *handle(int event) {
    static const int sent[8];
    (void)event;
    printf("printed at %lld\n", (long long)time(NULL));
    fflush(stdout);
    fprintf(stderr, "home %s\n", getenv("HOME") ? "found" : "not found");
    fprintf(stderr, "file %s\n", fopen("/etc/passwd", "r") ? "opened" : "not opened");
    printf("no end");
    fflush(stdout);
    return sent;
}
