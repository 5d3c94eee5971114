// trap: the digits of Expires are a place in a table, whatever they come to
#include "goat.h"

static octet weights[3601] = { [60] = 1, [3600] = 1 };

static enum verdict decide(number message)
{
	text expires = field(message, "Expires");
	number seconds = 0;
	for (number i = 0; i < expires.length; i++) {
		if (expires.octets[i] < '0' || expires.octets[i] > '9')
			return PASS;
		seconds = seconds * 10 + expires.octets[i] - '0';
	}
	return ((volatile octet *)weights)[seconds] ? DROP : PASS;
}
