// The digits of Expires are a place in a table, where there is one.
#include "goat.h"

static octet weights[3601] = { [60] = 1, [3600] = 1 };

static enum verdict decide(number message)
{
	text expires = field(message, "Expires");
	number seconds = 0;
	for (number i = 0; i < expires.length; i++) {
		if (expires.octets[i] < '0' || expires.octets[i] > '9' || seconds > 3600)
			return PASS;
		seconds = seconds * 10 + expires.octets[i] - '0';
	}
	return seconds < sizeof(weights) && weights[seconds] ? DROP : PASS;
}
