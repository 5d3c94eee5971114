//! A component's text as items that can be changed one by one. The fuzz target `plan` uses this
//! file too.

use crate::random::Random;
use crate::scene::component;

/// Logs a line and lets the request go.
const HONEST: &str = r#"(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message" (func (param i32) (result i32)))
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "the code that was linked")
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (call $log (i32.const 1) (i32.const 16) (i32.const 24))
    (i32.const 64)))"#;

/// Drops the request: what the memory's module would do, and another function of the code.
const DROPS: &str = "(param i32) (result i32) i32.const 128)";
const DROPPING: &str = "(data (i32.const 128) \"\\00\\00\\00\\00\\01\")";

/// Items to put in, with a number in the place of `#`.
const ITEMS: [&str; 20] = [
    "(export \"x\" (core module #))",
    "(export \"x\" (component #))",
    "(export \"x\" (type #))",
    "(export \"x\" (func #))",
    "(export \"x\" (instance #))",
    "(alias outer 0 # (core module))",
    "(alias outer 0 # (component))",
    "(alias outer 0 # (type))",
    "(alias export # \"log\" (func))",
    "(alias core export # \"memory\" (core memory))",
    "(alias core export # \"other\" (core func))",
    "(core instance (instantiate #))",
    "(core instance (export \"x\" (func #)))",
    "(core module)",
    "(core type (func))",
    "(component)",
    "(instance (export \"f\" (func #)))",
    "(type (func))",
    "(import \"x\" (func))",
    "(import \"x\" (component))",
];

/// A component's text, cut into what stands at its top level.
#[derive(Clone)]
pub(crate) struct Items(Vec<String>);

impl Items {
    /// The honest guest, whose modules could do other things than they are asked to.
    pub(crate) fn honest() -> Self {
        let text = wasmprinter::print_bytes(component(HONEST)).unwrap();
        let name = "evroute:tm/local-request@0.1.0#handle";
        let memory =
            format!("{DROPPING} (func (export \"{name}\") {DROPS}\n  )\n  (core module (;1;)");
        let text = text.replacen("\n  )\n  (core module (;1;)", &format!("\n{memory}"), 1);
        let code = text.find("(core module (;1;)").unwrap();
        let (before, code) = text.split_at(code);
        let other = format!("\n(func (export \"other\") {DROPS}\n  )\n");
        Self::cut(&(before.to_owned() + &code.replacen("\n  )\n", &other, 1)))
    }

    fn cut(text: &str) -> Self {
        let mut items = vec![String::new()];
        for line in text.lines() {
            if line.starts_with("  (") || line == ")" {
                items.push(String::new());
            }
            let item = items.last_mut().unwrap();
            item.push_str(line);
            item.push('\n');
        }
        Self(items)
    }

    pub(crate) fn text(&self) -> String {
        self.0.concat()
    }

    /// Where the item with these words is.
    fn find(&self, words: &[&str]) -> Option<usize> {
        let fits = |item: &String| words.iter().all(|word| item.contains(word));
        self.0.iter().position(fits)
    }

    /// Changes something.
    pub(crate) fn mutate(&mut self, random: &mut Random) {
        // The first and the last are the component's parentheses.
        let place = |random: &mut Random, items: &Self| 1 + random.below(items.0.len() - 2);
        let (one, two) = (place(random, self), place(random, self));
        match random.below(8) {
            0..3 => {
                let number = random.below(6).to_string();
                let item = ITEMS[random.below(ITEMS.len())].replacen('#', &number, 1);
                self.0.insert(one, item + "\n");
            }
            3 => self.0.swap(one, two),
            4 => self.0.insert(one, self.0[two].clone()),
            5 => self.renumber(one, random),
            6 => self.rename(one, two, random),
            _ => self.hand_in_by_an_instance(),
        }
    }

    /// Another number in the place of one of an item's.
    fn renumber(&mut self, place: usize, random: &mut Random) {
        let item = &self.0[place];
        let is_own = |at: &usize| {
            let before = item[..*at].chars().next_back();
            item[*at..].starts_with(|c: char| c.is_ascii_digit()) && before == Some(' ')
        };
        let numbers: Vec<usize> = (0..item.len())
            .filter(|at| item.is_char_boundary(*at))
            .filter(is_own)
            .collect();
        if numbers.is_empty() || item.contains("(core module") {
            return;
        }
        let at = numbers[random.below(numbers.len())];
        let end = item[at..].find(|c: char| !c.is_ascii_digit());
        let end = at + end.unwrap_or(0);
        let number = random.below(6).to_string();
        self.0[place].replace_range(at..end, &number);
    }

    /// A name of one item in the place of one of another's.
    fn rename(&mut self, one: usize, two: usize, random: &mut Random) {
        let names = |item: &str| -> Vec<String> {
            let names = item.split('"').skip(1).step_by(2);
            names.map(|name| format!("\"{name}\"")).collect()
        };
        let mut given = names(&self.0[two]);
        given.push("\"other\"".to_owned());
        let taken = names(&self.0[one]);
        if taken.is_empty() || self.0[one].contains("(core module") {
            return;
        }
        let taken = &taken[random.below(taken.len())];
        let given = &given[random.below(given.len())];
        self.0[one] = self.0[one].replacen(taken, given, 1);
    }

    /// A nested component is given another function of the code inside an instance, and gives that
    /// out.
    fn hand_in_by_an_instance(&mut self) {
        let changed = self.clone().handed_in_by_an_instance();
        if let Some(changed) = changed {
            *self = changed;
        }
    }

    fn handed_in_by_an_instance(mut self) -> Option<Self> {
        let number = |text: &str, before: &str| -> Option<String> {
            let rest = text.split_once(before)?.1;
            Some(rest.split_once(')')?.0.to_owned())
        };
        let alias = self.0[self.find(&["(alias core export", "#handle\""])?].clone();
        let lift = self.0[self.find(&["(canon lift"])?].clone();
        let nested = self.find(&["(component (;0;)"])?;
        let made = self.find(&["(instantiate 0\n", "import-func-handle"])?;
        let exported = self.find(&["(export (;", "(instance "])?;
        let old = alias.split_once("(;")?.1.split_once(";)")?.0;
        let old = format!("(;{old};)");
        let named = alias.split('"').nth(1)?;
        let other_alias = alias
            .replacen(named, "other", 1)
            .replacen(&old, "$other", 1);
        let core = number(&lift, "(core func ")?;
        let lifted = lift.split_once("(func ")?.1.split_once(' ')?.0.to_owned();
        let other_lift = lift
            .replacen(&format!("(core func {core})"), "(core func $other)", 1)
            .replacen(&format!("(func {lifted} "), "(func $other ", 1);
        let ty = number(self.0[nested].split_once("import-func-handle")?.1, "(type ")?;
        let import = format!(
            "(import \"pack\" (instance $p (alias outer 1 {ty} (type $t)) (export \"f\" (func (type $t)))))
             (alias export $p \"f\" (func $f))\n    (export (;1;) \"handle\" (func $f)"
        );
        self.0[nested] = self.0[nested].replacen("(export (;1;) \"handle\" (func 0)", &import, 1);
        let with = "(instantiate 0 (with \"pack\" (instance $pack))\n";
        let instance = self.0[made]
            .split_once("(instance ")?
            .1
            .split_once(' ')?
            .0
            .to_owned();
        self.0[made] = self.0[made].replacen("(instantiate 0\n", with, 1).replacen(
            &format!("(instance {instance} "),
            "(instance $made ",
            1,
        );
        let exports = number(&self.0[exported], "(instance ")?;
        self.0[exported] =
            self.0[exported].replacen(&format!("(instance {exports})"), "(instance $made)", 1);
        let pack = "(instance $pack (export \"f\" (func $other)))\n".to_owned();
        for item in [pack, other_lift, other_alias] {
            self.0.insert(nested, item);
        }
        Some(self)
    }
}
