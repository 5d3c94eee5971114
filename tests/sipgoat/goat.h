/* What goats in C share: the imports that they need, and `handle`, which gives them the message. */
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name), used))

typedef unsigned char octet;
typedef unsigned int number;

/* An octet string in memory; `octets` is 0 where there is none. */
typedef struct {
	octet *octets;
	number length;
} text;

IMPORT("evroute:core/types@0.1.1", "[method]request-event.message")
extern number request_message(number event);
IMPORT("evroute:sip/types@0.1.0", "[method]message.header")
extern void message_header(number message, const char *name, number length, number *answer);

enum verdict { PASS = 0, DROP = 2 };

static enum verdict decide(number message);

static octet arena[1 << 18];
static number used;

EXPORT("cabi_realloc")
void *cabi_realloc(void *old, number before, number align, number size)
{
	(void)old;
	(void)before;
	used = (used + align - 1) & -align;
	if (size > sizeof(arena) - used)
		__builtin_trap();
	used += size;
	return arena + used - size;
}

/* The value of a field with this name. */
static text field(number message, const char *name)
{
	number answer[3] = { 0 };
	number length = 0;
	while (name[length])
		length++;
	message_header(message, name, length, answer);
	if (!(answer[0] & 255))
		return (text){ 0, 0 };
	return (text){ (octet *)answer[1], answer[2] };
}

EXPORT("evroute:core/request@0.1.1#handle")
number *handle(number event)
{
	static number result[4];
	result[0] = 0;
	result[1] = decide(request_message(event));
	return result;
}
