// trap: a Subject of more than 64 octets is written over the function that decides
#include "goat.h"

static enum verdict pass(void)
{
	return PASS;
}

static enum verdict drop(void)
{
	return DROP;
}

static struct {
	octet subject[64];
	enum verdict (*decides)(void);
} call;

static enum verdict decide(number message)
{
	text subject = field(message, "Subject");
	call.decides = subject.length == 1 ? drop : pass;
	for (number i = 0; i < subject.length; i++)
		((volatile octet *)call.subject)[i] = subject.octets[i];
	return call.decides();
}
