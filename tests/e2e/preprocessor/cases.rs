//! Files with what they include, by what they are about.

/// A name, a file, and the files that it includes.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// Kamailio and evroute log the same.
pub(super) const SAME: [Case; 19] = [
    (
        "comments behind #!ifdef, #!ifndef",
        r#"#!define A # comment
event_route[htable:mod-init] {
#!ifdef A  # comment
 xlog("L_ERR", "~A\n");
#!else
 xlog("L_ERR", "~not A\n");
#!endif
#!ifndef A // comment
 xlog("L_ERR", "~ifndef\n");
#!else
 xlog("L_ERR", "~else\n");
#!endif
#!ifdef B A and more
 xlog("L_ERR", "~B\n");
#!endif
 xlog("L_ERR", "~[$def(A)]\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "what is skipped",
        r#"event_route[htable:mod-init] {
#!ifdef Z
 an open " and /* and '
 # a comment with #!else
 xlog("L_ERR", "~else in a comment\n");
#!endif
 xlog("L_ERR", "~1\n"); #!ifdef Z
 xlog("L_ERR", "~2\n"); #!endif
 xlog("L_ERR", "~3\n");
#!ifdef Z
###!ifndef Z
 xlog("L_ERR", "~4\n");
#!else
 xlog("L_ERR", "~5\n");
#!endif
#!else
 xlog("L_ERR", "~6\n");
#!endif
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "values are read again",
        r#"#!define X 5 # comment
#!define HALF "x
#!define TEXT "a b" "c"
#!define LONG 1 + \
 2
#!define EMPTY
#!define B A
#!define A 3
#!define V $var(x)
event_route[htable:mod-init] {
 $var(x) = X; xlog("L_ERR", "~not read\n");
 ;
 $var(h) = HALF y"; $var(t) = TEXT; $var(l) = LONG; EMPTY $var(b) EMPTY = B;
 xlog("L_ERR", "~$var(x) $var(h) $var(t) $var(l) $var(b)\n");
 if (V == 5) xlog("L_ERR", "~five A EMPTY\n");
 xlog("L_ERR", "~[$def(X)] [$def(EMPTY)] [$def(NONE)]\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "trydef, redefine, words of Kamailio's own",
        r#"#!trydef A 1
#!trydefine A 2
#!redefine B 4
#!redef B 5
#!def port 9
#!define true 7
!!define C 6
#!undef C
event_route[htable:mod-init] {
 $var(x) = A; $var(y) = B; $var(c) = C; $var(t) = true;
 xlog("L_ERR", "~$var(x) $var(y) $var(c) $var(t)\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "substitutions: chains, escapes, delimiters, flags, quotes",
        r#"#!substdef "!NODE_IP!192.0.2.7!g"
#!substdef "!NODE_URI!sip:NODE_IP:5060!g"
#!substdef "!NODE_HEADER!X-Node: NODE_IP\r\n\t\\x!g"
#!substdef '!NODE_ZONE!we\r\nst\\q!g'
#!substdef "!ONE_ONLY!1!"
#!substdef "!ICASE!low!ig"
#!substdef "/SLASH/a\/b/g"
#!substdef "|PIPE|x\|y|"
#!substdef "!AA!1!g"
#!substdef "!AAB!2!g"
#!substdefs "!QUOTED!west!g"
#!substdef "!CALC!3 + 4!g"
#!substdef
 "!D1!x!"
event_route[htable:mod-init] {
 xlog("L_ERR", "~1 NODE_URI NODE_URI\n");
 $var(z) = "NODE_HEADER"; xlog("L_ERR", "~2 $(var(z){s.len}) $(var(z){s.encode.hexa})\n");
 $var(z) = "NODE_ZONE"; xlog("L_ERR", "~3 $(var(z){s.len}) $(var(z){s.encode.hexa})\n");
 xlog("L_ERR", "~4 ONE_ONLY ONE_ONLY\n");
 xlog("L_ERR", "~5 icase ICASE iCase SLASH PIPE\n");
 xlog("L_ERR", "~6 AAB AA AAAAB D1D1\n");
 $var(q) = QUOTED; xlog("L_ERR", "~7 $var(q) QUOTED\n");
 $var(q) = CALC; xlog("L_ERR", "~8 $var(q) CALC\n");
 $var(q) = 'ONE_ONLY'; xlog("L_ERR", "~9 $var(q)\n");
 $var(ONE_ONLY) = "k"; xlog("L_ERR", "~10 $var(1)\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "substitutions with patterns",
        r#"#!subst "/site([0-9])x/s\1/g"
#!subst "/a(b|bc)d?/<\1>/"
#!subst '/(p)(q)?/[\2\1\9\0]/'
#!subst '/h\.c/\//'
#!subst "/m\.n/o/"
#!subst "/^t/T/g"
#!subst "/u(v*)w/<\1>/"
#!subst "/(k?)(kl)?/[\1\2]/"
#!subst "/x*/y/g"
#!subst "/[[:digit:]]{3}|z+$/#/g"
event_route[htable:mod-init] {
 xlog("L_ERR", "~1 site4x site5x siteAx\n");
 xlog("L_ERR", "~2 abcd abd\n");
 xlog("L_ERR", "~3 pq p\n");
 xlog("L_ERR", "~4 h.c hxc m.n mxn uvvw uw\n");
 $var(t) = "t\nt xt"; xlog("L_ERR", "~5 $(var(t){s.encode.hexa})\n");
 $var(t) = "kl"; xlog("L_ERR", "~6 $var(t)\n");
 $var(t) = "axxb"; xlog("L_ERR", "~7 $var(t)\n");
 $var(t) = "12345678zz"; xlog("L_ERR", "~8 $var(t)\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "$def in a substitution",
        r#"#!define HOST h
#!substdef "!SUB!v$def(HOST):5!g"
event_route[htable:mod-init] {
 xlog("L_ERR", "~SUB $def(HOST)\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "include_file and import_file, anywhere",
        r#"include_file "one.inc"
#!import_file "none.inc"
import_file "none.inc"
#!substdef "!NAME!two!g"
event_route[htable:mod-init] {
 include_file "NAME.inc"  xlog("L_ERR", "~the comment goes on\n");
 xlog("L_ERR", "~next line\n");
 if (1) { #!include_file "sub/three.inc"
 }
#!ifdef FROM_ONE
 xlog("L_ERR", "~one\n");
#!endif
 route(THERE);
 xlog("L_ERR", "~SUBST\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[
            (
                "one.inc",
                "#!define FROM_ONE\nroute[THERE] { xlog(\"L_ERR\", \"~there\\n\"); }\n",
            ),
            ("two.inc", "xlog(\"L_ERR\", \"~two\\n\");\n# the last line"),
            (
                "sub/three.inc",
                "xlog(\"L_ERR\", \"~three\\n\"); include_file \"four.inc\"\n",
            ),
            ("sub/four.inc", "xlog(\"L_ERR\", \"~four\\n\");"),
        ],
    ),
    (
        "a name that includes",
        "#!define INC include_file \"one.inc\"\nINC\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~X\\n\"); \
         xlog(\"L_ERR\", \"~end\\n\"); }\n",
        &[("one.inc", "#!substdef \"!X!one!\"\n")],
    ),
    (
        "modules define names",
        r#"event_route[htable:mod-init] {
#!ifdef MOD_xlog
 xlog("L_ERR", "~xlog\n");
#!endif
#!ifdef MOD_tls
 xlog("L_ERR", "~tls\n");
#!endif
#!ifdef KAMAILIO_5
 xlog("L_ERR", "~5\n");
#!endif
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "texts and numbers",
        r#"event_route[htable:mod-init] {
 $var(e) = "a\x41\053\'q\'\q\1\\\t\"\
b" " c"
 " d";
 xlog("L_ERR", "~$(var(e){s.encode.hexa})\n");
 $var(s) = 'a\n"b'; xlog("L_ERR", "~$(var(s){s.encode.hexa})\n");
 $var(a) = 10b; $var(b) = 0x1f; $var(c) = 017; $var(d) = yes; $var(f) = off;
 xlog("L_ERR", "~$var(a) $var(b) $var(c) $var(d) $var(f)\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "comments inside of each other",
        "/* a /* b */ event_route[x:y] { */\nevent_route[htable:mod-init] { # }\n // }\n xlog(\"L_ERR\", \"~a\\n\"); /* } */\n \
         xlog(\"L_ERR\", \"~end\\n\"); }\n",
        &[],
    ),
    (
        "names of routes",
        "#!define RN FOO\nevent_route[htable:mod-init] { route(FOO); route(RN); route(\"b c\"); route(7);\n \
         xlog(\"L_ERR\", \"~end\\n\"); }\nroute[RN] { xlog(\"L_ERR\", \"~foo\\n\"); }\nroute[\"b c\"] { xlog(\"L_ERR\", \
         \"~b c\\n\"); }\nroute[7] { xlog(\"L_ERR\", \"~7\\n\"); }\n",
        &[],
    ),
    (
        "first values",
        r#"modparam("pv", "shvset", "limit=i:42")
modparam("pv", "shvset", "name=s:x y")
modparam("pv", "shvset", "octal=i:010")
modparam("pv", "varset", "zone=s:west")
modparam("pv", "varset", "below=i:-3")
event_route[htable:mod-init] {
 xlog("L_ERR", "~$shv(limit) $shv(name) $shv(octal) $var(zone) $var(below) $shv(none)\n");
 if ($shv(limit) > 41 && $shv(name) == "x y") xlog("L_ERR", "~compared\n");
 $var(zone) = $null; xlog("L_ERR", "~$var(zone)\n");
 xlog("L_ERR", "~$sht(t=>none)\n");
 if ($sht(t=>none) == 7) xlog("L_ERR", "~seven\n");
 if (defined $sht(t=>none)) xlog("L_ERR", "~defined\n");
 $sht(t=>a) = 1; xlog("L_ERR", "~$sht(t=>a)\n");
 $sht(t=>a) = $null; xlog("L_ERR", "~$sht(t=>a)\n");
 xlog("L_ERR", "~end\n");
}
"#,
        &[],
    ),
    (
        "statements that only look wrong",
        "event_route[htable:mod-init] { ;; if (1) {;} if 1 xlog(\"L_ERR\", \"~one\\n\"); $var(x) = 1;; while (0) ; switch (1) { } \
         switch (2) { case 1: case 2: }\n xlog(\"L_ERR\", \"~end\\n\"); exit(1); }\n",
        &[],
    ),
    (
        "a directive behind a statement",
        "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~1\\n\"); #!ifndef A\n xlog(\"L_ERR\", \"~2\\n\"); #!define A\n#!endif\n#!ifdef A\n \
         xlog(\"L_ERR\", \"~3\\n\");\n#!endif\n xlog(\"L_ERR\", \"~end\\n\"); }\n",
        &[],
    ),
    (
        "lines that end with CR LF",
        "#!define A 1\r\n#!substdef \"!B!2!\"\r\nevent_route[htable:mod-init] {\r\n#!ifdef A\r\n $var(x) = A;\r\n \
         xlog(\"L_ERR\", \"~$var(x) B\\n\");\r\n#!else\r\n xlog(\"L_ERR\", \"~no\\n\");\r\n#!endif\r\n \
         xlog(\"L_ERR\", \"~end\\n\");\r\n}\r\n",
        &[],
    ),
    (
        "#!else with a comment is a comment where nothing hangs on it",
        "#!define A\nevent_route[htable:mod-init] {\n# #!else\n## #!endif\n xlog(\"L_ERR\", \"~end\\n\"); }\n",
        &[],
    ),
    (
        "variables end where Kamailio ends them",
        "event_route[htable:mod-init] { $var(x) = \"a\"; $var(y) = $(var(x){s.toupper})+$var(x)+'.1'; xlog(\"L_ERR\", \
         \"~$var(y)\\n\"); $var(z) = $?; xlog(\"L_ERR\", \"~end\\n\"); }\n",
        &[],
    ),
];

/// Both refuse these.
pub(super) const REFUSED: [&str; 27] = [
    "#!define A 1\n#!define A 2\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!substdef \"!A!1!\"\n#!define A 2\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!define A-B 1\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!ifdef A\n#!endif # A\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!ifndef A\n#!endif # A\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!endif\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!ifndef A\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n#!ifndef A\n#!endif",
    "event_route[htable:mod-init] {\n#!substdef \"!D!x!\"\n xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!substdef !A!b!g\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!substdef \"!A!b\"\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!substdef \"!A!b!x\"\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "#!subst \"/(a/b/\"\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "include_file \"none.inc\"\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "include_file none.inc\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "include_file \"routes.cfg\"\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "modparam(\"pv\", \"shvset\", \"a=5\")\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "route[log] { exit; }\nevent_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); if (1); { exit; } }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); { exit; } }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); if (1) { } }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\") }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); if (is_method(INVITE)) exit; }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); $var(x) = 5 % 2; }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\" '\\n'); }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); switch (1) { case 1: exit; case 1: exit; } }\n",
    "event_route[htable:mod-init] { xlog(\"L_ERR\", \"~end\\n\"); switch (1) { case 1: exit; case \"a\": exit; } }\n",
];
