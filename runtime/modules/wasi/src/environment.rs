//! What a program finds around it, which is nothing: `wasi:cli`.

use evroute_module_api::HostTrap;
use wasmtime::component::Resource;

use crate::bindings::handle::{InputStream, OutputStream, TerminalInput, TerminalOutput};
use crate::bindings::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};
use crate::output::Channel;
use crate::view::{WasiView, never_given};

impl environment::Host for WasiView<'_> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.0.charge(0)?;
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.0.charge(0)?;
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.0.charge(0)?;
        Ok(None)
    }
}

/// There is no process to end, and a handler that ends without a verdict has decided nothing.
impl exit::Host for WasiView<'_> {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        let status = if status.is_ok() { "success" } else { "failure" };
        Err(exited(status))
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        Err(exited(&format!("code {code}")))
    }
}

fn exited(status: &str) -> wasmtime::Error {
    HostTrap::trap(&format!(
        "it called exit ({status}), but a handler ends by returning its verdict"
    ))
}

impl stdin::Host for WasiView<'_> {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<InputStream>> {
        self.0.charge(0)?;
        Ok(Resource::new_own(0))
    }
}

impl stdout::Host for WasiView<'_> {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<OutputStream>> {
        self.0.charge(0)?;
        Ok(Resource::new_own(Channel::Stdout.rep()))
    }
}

impl stderr::Host for WasiView<'_> {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<OutputStream>> {
        self.0.charge(0)?;
        Ok(Resource::new_own(Channel::Stderr.rep()))
    }
}

impl terminal_input::Host for WasiView<'_> {}

impl terminal_input::HostTerminalInput for WasiView<'_> {
    fn drop(&mut self, _: Resource<TerminalInput>) -> wasmtime::Result<()> {
        Err(never_given())
    }
}

impl terminal_output::Host for WasiView<'_> {}

impl terminal_output::HostTerminalOutput for WasiView<'_> {
    fn drop(&mut self, _: Resource<TerminalOutput>) -> wasmtime::Result<()> {
        Err(never_given())
    }
}

impl terminal_stdin::Host for WasiView<'_> {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<TerminalInput>>> {
        self.0.charge(0)?;
        Ok(None)
    }
}

impl terminal_stdout::Host for WasiView<'_> {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<TerminalOutput>>> {
        self.0.charge(0)?;
        Ok(None)
    }
}

impl terminal_stderr::Host for WasiView<'_> {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<TerminalOutput>>> {
        self.0.charge(0)?;
        Ok(None)
    }
}
