// World `wasi`. Breaks in a function of its own: Trap, and the log names the function and who called it.
__attribute__((noinline)) static void decide(int event) {
    if (event < 1000)
        __builtin_trap();
}

__attribute__((export_name("evroute:tm/local-request@0.1.0#handle"))) const int *handle(int event) {
    static const int sent[8];
    decide(event);
    return sent;
}
