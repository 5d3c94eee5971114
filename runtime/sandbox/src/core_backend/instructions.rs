//! Which instructions a module may have whose instances are reset: those that are listed, and no
//! others.

use wasmparser::{FunctionBody, Operator};

use super::NotEligible;

/// The proposals whose instructions change nothing but the stack, locals, globals and memories, all
/// of which are reset. Of two further ones some instructions are taken, see [`check`]. What a newer
/// version of the parser knows beyond that is refused until somebody has looked at it.
const HARMLESS: [&str; 4] = ["mvp", "sign_extension", "saturating_float_to_int", "simd"];

/// Makes [`proposal`] of the parser's own list.
macro_rules! proposals {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The proposal that brought an instruction; none for what the parser's list lacks.
        fn proposal(operator: &Operator<'_>) -> Option<&'static str> {
            match operator {
                $(Operator::$op { .. } => Some(stringify!($proposal)),)*
                _ => None,
            }
        }

        #[cfg(test)]
        const PROPOSALS: &[&str] = &[$(stringify!($proposal)),*];
    };
}

wasmparser::for_each_operator!(proposals);

/// Whether a function has only instructions whose effects are reset.
///
/// # Errors
/// [`NotEligible`] says of which kind the first other one is.
pub(super) fn check_body(body: &FunctionBody<'_>) -> Result<(), NotEligible> {
    for operator in body.get_operators_reader()? {
        check(&operator?)?;
    }
    Ok(())
}

fn check(operator: &Operator<'_>) -> Result<(), NotEligible> {
    match proposal(operator) {
        Some(harmless) if HARMLESS.contains(&harmless) => Ok(()),
        Some("bulk_memory") => match operator {
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } => Ok(()),
            Operator::MemoryInit { .. } | Operator::DataDrop { .. } => {
                Err(NotEligible("it has passive segments"))
            }
            _ => Err(NotEligible("it changes a table")),
        },
        Some("reference_types") => match operator {
            Operator::TypedSelect { .. }
            | Operator::RefNull { .. }
            | Operator::RefIsNull
            | Operator::RefFunc { .. }
            | Operator::TableGet { .. }
            | Operator::TableSize { .. } => Ok(()),
            _ => Err(NotEligible("it changes a table")),
        },
        Some(_) | None => Err(NotEligible(
            "it has instructions that are not on the list of those that are reset",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wasmparser::{Parser, Payload};

    use super::*;

    fn reason(function: &str) -> Option<&'static str> {
        let text = format!(
            "(module (memory 1) (table 2 funcref) (type $t (func)) (tag $e) (global $g (mut i32) (i32.const 0))
             (type $s (struct (field i32))) (func $f) (elem declare func $f) (data \"x\")
             (func {function}))"
        );
        let module = wat::parse_str(text).unwrap();
        let mut found = None;
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::CodeSectionEntry(body) = payload.unwrap() {
                let checked = check_body(&body).err();
                found = found.or(checked.map(|NotEligible(reason)| reason));
            }
        }
        found
    }

    const UNLISTED: Option<&str> =
        Some("it has instructions that are not on the list of those that are reset");

    #[test]
    fn an_instruction_of_a_proposal_that_is_not_listed_is_refused() {
        for function in [
            "(return_call $f)",
            "(return_call_indirect (type $t) (i32.const 0))",
            "(call_ref $t (ref.func $f))",
            "(throw $e)",
            "(drop (struct.new $s (i32.const 1)))",
            "(atomic.fence)",
            "(drop (i32.atomic.load (i32.const 0)))",
            "(drop (f32x4.relaxed_min (v128.const i64x2 0 0) (v128.const i64x2 0 0)))",
            "(drop (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0))) (drop)",
        ] {
            assert_eq!(reason(function), UNLISTED, "{function}");
        }
    }

    #[test]
    fn what_is_listed_leaves_nothing_that_is_not_reset() {
        for function in [
            "(i32.store (i32.const 0) (i32.const 1)) (global.set $g (i32.const 1))",
            "(drop (memory.grow (i32.const 1))) (call_indirect (type $t) (i32.const 0))",
            "(drop (i32.extend8_s (i32.const 1))) (drop (i32.trunc_sat_f32_s (f32.const 1)))",
            "(memory.copy (i32.const 0) (i32.const 1) (i32.const 1))",
            "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1))",
            "(drop (table.get (i32.const 0))) (drop (table.size)) (drop (ref.is_null (ref.func $f)))",
            "(drop (i32x4.add (v128.const i64x2 0 0) (v128.const i64x2 0 0)))",
        ] {
            assert_eq!(reason(function), None, "{function}");
        }
        assert_eq!(reason("(data.drop 0)"), Some("it has passive segments"));
        let set = "(table.set (i32.const 0) (ref.func $f))";
        assert_eq!(reason(set), Some("it changes a table"));
    }

    /// A newer parser may know further proposals. They are refused; this says that somebody has to
    /// look at them.
    #[test]
    fn every_proposal_that_the_parser_knows_was_looked_at() {
        let known: BTreeSet<_> = PROPOSALS.iter().copied().collect();
        let refused = [
            "custom_descriptors",
            "exceptions",
            "function_references",
            "gc",
            "legacy_exceptions",
            "memory_control",
            "relaxed_simd",
            "shared_everything_threads",
            "stack_switching",
            "tail_call",
            "threads",
            "wide_arithmetic",
        ];
        let taken = HARMLESS
            .into_iter()
            .chain(["bulk_memory", "reference_types"]);
        assert_eq!(known, taken.chain(refused).collect());
    }
}
