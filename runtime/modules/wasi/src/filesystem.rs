//! Files, of which there are none: `wasi:filesystem`.
//!
//! A descriptor comes from another descriptor, and the first of them from the list of what is open
//! beforehand. That list is empty, so none of the methods of a descriptor can be called; they are
//! here so that programs link.

use wasmtime::component::Resource;

use crate::bindings::handle::{
    Descriptor, DirectoryEntryStream, InputStream, IoError, OutputStream,
};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode, Host,
    HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags,
    PathFlags,
};
use crate::view::{WasiView, never_given, unreachable_methods};

impl preopens::Host for WasiView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        self.0.charge(0)?;
        Ok(Vec::new())
    }
}

impl Host for WasiView<'_> {
    fn filesystem_error_code(
        &mut self,
        _: Resource<IoError>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Err(never_given())
    }
}

type Handle = Resource<Descriptor>;
type Filed<T> = Result<T, ErrorCode>;

impl HostDescriptor for WasiView<'_> {
    unreachable_methods! {
        read_via_stream(Handle, u64) -> Filed<Resource<InputStream>>;
        write_via_stream(Handle, u64) -> Filed<Resource<OutputStream>>;
        append_via_stream(Handle) -> Filed<Resource<OutputStream>>;
        advise(Handle, u64, u64, Advice) -> Filed<()>;
        sync_data(Handle) -> Filed<()>;
        get_flags(Handle) -> Filed<DescriptorFlags>;
        get_type(Handle) -> Filed<DescriptorType>;
        set_size(Handle, u64) -> Filed<()>;
        set_times(Handle, NewTimestamp, NewTimestamp) -> Filed<()>;
        read(Handle, u64, u64) -> Filed<(Vec<u8>, bool)>;
        write(Handle, Vec<u8>, u64) -> Filed<u64>;
        read_directory(Handle) -> Filed<Resource<DirectoryEntryStream>>;
        sync(Handle) -> Filed<()>;
        create_directory_at(Handle, String) -> Filed<()>;
        stat(Handle) -> Filed<DescriptorStat>;
        stat_at(Handle, PathFlags, String) -> Filed<DescriptorStat>;
        set_times_at(Handle, PathFlags, String, NewTimestamp, NewTimestamp) -> Filed<()>;
        link_at(Handle, PathFlags, String, Handle, String) -> Filed<()>;
        open_at(Handle, PathFlags, String, OpenFlags, DescriptorFlags) -> Filed<Handle>;
        readlink_at(Handle, String) -> Filed<String>;
        remove_directory_at(Handle, String) -> Filed<()>;
        rename_at(Handle, String, Handle, String) -> Filed<()>;
        symlink_at(Handle, String, String) -> Filed<()>;
        unlink_file_at(Handle, String) -> Filed<()>;
        is_same_object(Handle, Handle) -> bool;
        metadata_hash(Handle) -> Filed<MetadataHashValue>;
        metadata_hash_at(Handle, PathFlags, String) -> Filed<MetadataHashValue>;
        drop(Handle) -> ();
    }
}

impl HostDirectoryEntryStream for WasiView<'_> {
    unreachable_methods! {
        read_directory_entry(Resource<DirectoryEntryStream>) -> Filed<Option<DirectoryEntry>>;
        drop(Resource<DirectoryEntryStream>) -> ();
    }
}
