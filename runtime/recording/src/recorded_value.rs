//! A value of a call, as protobuf.

use evroute_tap::WitValue;

/// A [`WitValue`].
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordedValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14")]
    pub(crate) kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(crate) enum Kind {
    #[prost(bool, tag = "1")]
    Bool(bool),
    #[prost(uint64, tag = "2")]
    Unsigned(u64),
    #[prost(sint64, tag = "3")]
    Signed(i64),
    #[prost(double, tag = "4")]
    Real(f64),
    #[prost(string, tag = "5")]
    Text(String),
    #[prost(bytes, tag = "6")]
    Bytes(Vec<u8>),
    #[prost(message, tag = "7")]
    List(Several),
    #[prost(message, tag = "8")]
    Tuple(Several),
    #[prost(message, tag = "9")]
    Record(Fields),
    #[prost(message, boxed, tag = "10")]
    Case(Box<Named>),
    #[prost(message, boxed, tag = "11")]
    Option(Box<Optional>),
    #[prost(message, boxed, tag = "12")]
    Ok(Box<RecordedValue>),
    #[prost(message, boxed, tag = "13")]
    Err(Box<RecordedValue>),
    #[prost(uint32, tag = "14")]
    Handle(u32),
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Several {
    #[prost(message, repeated, tag = "1")]
    pub(crate) values: Vec<RecordedValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Fields {
    #[prost(message, repeated, tag = "1")]
    pub(crate) fields: Vec<Named>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Named {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) value: Option<Box<RecordedValue>>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Optional {
    #[prost(message, optional, boxed, tag = "1")]
    pub(crate) value: Option<Box<RecordedValue>>,
}

impl From<&WitValue> for RecordedValue {
    fn from(value: &WitValue) -> Self {
        let several = |of: &[WitValue]| Several {
            values: of.iter().map(Self::from).collect(),
        };
        let boxed = |of: &Option<Box<WitValue>>| of.as_deref().map(|of| Box::new(Self::from(of)));
        let kind = match value {
            WitValue::Bool(value) => Kind::Bool(*value),
            WitValue::Unsigned(value) => Kind::Unsigned(*value),
            WitValue::Signed(value) => Kind::Signed(*value),
            WitValue::Real(value) => Kind::Real(*value),
            WitValue::Text(text) => Kind::Text(text.clone()),
            WitValue::Bytes(bytes) => Kind::Bytes(bytes.clone()),
            WitValue::List(of) => Kind::List(several(of)),
            WitValue::Tuple(of) => Kind::Tuple(several(of)),
            WitValue::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| Named {
                    name: name.to_string(),
                    value: Some(Box::new(Self::from(value))),
                });
                let fields = fields.collect();
                Kind::Record(Fields { fields })
            }
            WitValue::Case(name, value) => Kind::Case(Box::new(Named {
                name: name.to_string(),
                value: boxed(value),
            })),
            WitValue::Option(value) => {
                let value = boxed(value);
                Kind::Option(Box::new(Optional { value }))
            }
            WitValue::Result(Ok(value)) => Kind::Ok(Box::new(Self::from(&**value))),
            WitValue::Result(Err(value)) => Kind::Err(Box::new(Self::from(&**value))),
            WitValue::Handle(rep) => Kind::Handle(*rep),
        };
        Self { kind: Some(kind) }
    }
}

impl RecordedValue {
    /// The value; none where it has a part of a kind that this version does not know.
    #[must_use]
    pub fn value(&self) -> Option<WitValue> {
        let several = |of: &Several| {
            of.values
                .iter()
                .map(Self::value)
                .collect::<Option<Vec<_>>>()
        };
        let boxed = |of: &Option<Box<Self>>| match of {
            None => Some(None),
            Some(of) => of.value().map(|value| Some(Box::new(value))),
        };
        Some(match self.kind.as_ref()? {
            Kind::Bool(value) => WitValue::Bool(*value),
            Kind::Unsigned(value) => WitValue::Unsigned(*value),
            Kind::Signed(value) => WitValue::Signed(*value),
            Kind::Real(value) => WitValue::Real(*value),
            Kind::Text(text) => WitValue::Text(text.clone()),
            Kind::Bytes(bytes) => WitValue::Bytes(bytes.clone()),
            Kind::List(of) => WitValue::List(several(of)?),
            Kind::Tuple(of) => WitValue::Tuple(several(of)?),
            Kind::Record(of) => {
                let fields = of.fields.iter().map(|field| {
                    let value = field.value.as_ref()?.value()?;
                    Some((field.name.clone().into(), value))
                });
                WitValue::Record(fields.collect::<Option<_>>()?)
            }
            Kind::Case(of) => WitValue::Case(of.name.clone().into(), boxed(&of.value)?),
            Kind::Option(of) => WitValue::Option(boxed(&of.value)?),
            Kind::Ok(of) => WitValue::Result(Ok(Box::new(of.value()?))),
            Kind::Err(of) => WitValue::Result(Err(Box::new(of.value()?))),
            Kind::Handle(rep) => WitValue::Handle(*rep),
        })
    }

    /// As [`WitValue`] is shown.
    #[must_use]
    pub fn shown(&self) -> String {
        self.value()
            .map_or_else(|| "?".to_owned(), |value| value.to_string())
    }
}
