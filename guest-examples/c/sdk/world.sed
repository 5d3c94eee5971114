# world.sed: of bindings.h, which interfaces a world has: #define IMPORTS_EVROUTE_LOG_LOG. evroute_wit.h has what belongs to those.
/^\/\/ [IE][mx]ported Functions from `/ {
    y|abcdefghijklmnopqrstuvwxyz:/-|ABCDEFGHIJKLMNOPQRSTUVWXYZ___|
    s/^__ \([IE][MX]PORT\)ED FUNCTIONS FROM `\([A-Z0-9_]*\)@.*/#define \1S_\2/p
}
