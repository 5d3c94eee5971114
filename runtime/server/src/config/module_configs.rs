//! What the modules read of one tenant.

use std::any::Any;
use std::path::Path;

use evroute_module_api::ModuleConfig;

/// What each module read of one tenant's sections, in the order of the modules.
#[derive(Default, Debug)]
pub struct ModuleConfigs(pub(crate) Vec<Box<dyn ModuleConfig>>);

impl ModuleConfigs {
    /// That of one module, by its type.
    #[must_use]
    pub fn get<T: ModuleConfig>(&self) -> Option<&T> {
        let mut all = self.0.iter();
        all.find_map(|config| (&**config as &dyn Any).downcast_ref())
    }

    /// Moves the files they name, see [`ModuleConfig::place_data_below`].
    pub(super) fn place_data_below(&mut self, folder: &Path) {
        for config in &mut self.0 {
            config.place_data_below(folder);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &dyn ModuleConfig> {
        self.0.iter().map(|config| &**config)
    }
}
