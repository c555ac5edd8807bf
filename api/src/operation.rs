//! The operations this history describes, and where each is reached.

use std::fmt;

/// An HTTP method of the Compute API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

impl Method {
    /// As it stands in a request line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What there is to say of one operation.
struct Described {
    method: Method,
    path: &'static str,
    action: Option<&'static str>,
    policy: Option<&'static str>,
    name: &'static str,
    reference: &'static str,
}

/// One row per operation: its method and path, the member of the body that chooses it where several share a path, the
/// policy rule that decides who may use it (`-` where none does), its name, and its section of the Compute API
/// reference.
macro_rules! operations {
    ($($variant:ident: $method:ident $path:literal $([$action:literal])?, $policy:tt, $name:literal, $section:literal;)*) => {
        /// One thing a client can ask of the Compute API.
        ///
        /// A `match` on it is exhaustive everywhere: an operation without a handler does not compile.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $(
                #[doc = concat!("`", stringify!($method), " ", $path, $("`, the action `", $action,)? "`")]
                $variant,
            )*
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        const DESCRIBED: &[Described] = &[$(Described {
            method: Method::$method,
            path: $path,
            action: operations!(@option $($action)?),
            policy: operations!(@policy $policy),
            name: $name,
            reference: concat!("https://docs.openstack.org/api-ref/compute/#", $section),
        }),*];
    };
    (@option $some:literal) => { Some($some) };
    (@option) => { None };
    (@policy -) => { None };
    (@policy $rule:literal) => { Some(concat!("os_compute_api:", $rule)) };
}

operations! {
    KeypairList: Get "/os-keypairs", "os-keypairs:index", "keypairs.list", "list-keypairs";
    KeypairCreate: Post "/os-keypairs", "os-keypairs:create", "keypairs.create", "import-or-create-keypair";
    KeypairShow: Get "/os-keypairs/{name}", "os-keypairs:show", "keypairs.show", "show-keypair-details";
    KeypairDelete: Delete "/os-keypairs/{name}", "os-keypairs:delete", "keypairs.delete", "delete-keypair";
    LimitsShow: Get "/limits", "limits", "limits.show", "show-rate-and-absolute-limits";
    QuotaShow: Get "/os-quota-sets/{project}", "os-quota-sets:show", "quota-sets.show", "show-a-quota";
    QuotaDetail: Get "/os-quota-sets/{project}/detail", "os-quota-sets:detail", "quota-sets.detail", "show-the-detail-of-quota";
    QuotaDefaults: Get "/os-quota-sets/{project}/defaults", "os-quota-sets:defaults", "quota-sets.defaults", "list-default-quotas-for-tenant";
    QuotaUpdate: Put "/os-quota-sets/{project}", "os-quota-sets:update", "quota-sets.update", "update-quotas";
    QuotaDelete: Delete "/os-quota-sets/{project}", "os-quota-sets:delete", "quota-sets.delete", "revert-quotas-to-defaults";
    ExtensionList: Get "/extensions", "extensions", "extensions.list", "list-extensions";
    ExtensionShow: Get "/extensions/{alias}", "extensions", "extensions.show", "show-extension-details";
    ServerList: Get "/servers", "servers:index", "servers.list", "list-servers";
    ServerCreate: Post "/servers", "servers:create", "servers.create", "create-server";
    ServerDetail: Get "/servers/detail", "servers:detail", "servers.detail", "list-servers-detailed";
    ServerShow: Get "/servers/{server}", "servers:show", "servers.show", "show-server-details";
    ServerUpdate: Put "/servers/{server}", "servers:update", "servers.update", "update-server";
    ServerDelete: Delete "/servers/{server}", "servers:delete", "servers.delete", "delete-server";
    ServerRebuild: Post "/servers/{server}/action" ["rebuild"], "servers:rebuild", "servers.rebuild", "rebuild-server-rebuild-action";
    ServerStart: Post "/servers/{server}/action" ["os-start"], "servers:start", "servers.start", "start-server-os-start-action";
    ServerStop: Post "/servers/{server}/action" ["os-stop"], "servers:stop", "servers.stop", "stop-server-os-stop-action";
    ServerReboot: Post "/servers/{server}/action" ["reboot"], "servers:reboot", "servers.reboot", "reboot-server-reboot-action";
    ServerPause: Post "/servers/{server}/action" ["pause"], "os-pause-server:pause", "servers.pause", "pause-server-pause-action";
    ServerUnpause: Post "/servers/{server}/action" ["unpause"], "os-pause-server:unpause", "servers.unpause", "unpause-server-unpause-action";
    ServerSuspend: Post "/servers/{server}/action" ["suspend"], "os-suspend-server:suspend", "servers.suspend", "suspend-server-suspend-action";
    ServerResume: Post "/servers/{server}/action" ["resume"], "os-suspend-server:resume", "servers.resume", "resume-suspended-server-resume-action";
    ServerLock: Post "/servers/{server}/action" ["lock"], "os-lock-server:lock", "servers.lock", "lock-server-lock-action";
    ServerUnlock: Post "/servers/{server}/action" ["unlock"], "os-lock-server:unlock", "servers.unlock", "unlock-server-unlock-action";
    ServerRescue: Post "/servers/{server}/action" ["rescue"], "os-rescue", "servers.rescue", "rescue-server-rescue-action";
    ServerUnrescue: Post "/servers/{server}/action" ["unrescue"], "os-unrescue", "servers.unrescue", "unrescue-server-unrescue-action";
    ServerResize: Post "/servers/{server}/action" ["resize"], "servers:resize", "servers.resize", "resize-server-resize-action";
    ServerConfirmResize: Post "/servers/{server}/action" ["confirmResize"], "servers:confirm_resize", "servers.confirm-resize", "confirm-resized-server-confirmresize-action";
    ServerRevertResize: Post "/servers/{server}/action" ["revertResize"], "servers:revert_resize", "servers.revert-resize", "revert-resized-server-revertresize-action";
    ServerShelve: Post "/servers/{server}/action" ["shelve"], "os-shelve:shelve", "servers.shelve", "shelve-server-shelve-action";
    ServerUnshelve: Post "/servers/{server}/action" ["unshelve"], "os-shelve:unshelve", "servers.unshelve", "unshelve-restore-shelved-server-unshelve-action";
    ServerResetState: Post "/servers/{server}/action" ["os-resetState"], "os-admin-actions:reset_state", "servers.reset-state", "reset-server-state-os-resetstate-action";
    MetadataList: Get "/servers/{server}/metadata", "server-metadata:index", "server-metadata.list", "list-all-metadata";
    MetadataCreate: Post "/servers/{server}/metadata", "server-metadata:create", "server-metadata.create", "create-or-update-metadata-items";
    MetadataReplace: Put "/servers/{server}/metadata", "server-metadata:update_all", "server-metadata.replace", "replace-metadata-items";
    MetadataShow: Get "/servers/{server}/metadata/{key}", "server-metadata:show", "server-metadata.show", "show-metadata-item-details";
    MetadataUpdate: Put "/servers/{server}/metadata/{key}", "server-metadata:update", "server-metadata.update", "create-or-update-metadata-item";
    MetadataDelete: Delete "/servers/{server}/metadata/{key}", "server-metadata:delete", "server-metadata.delete", "delete-metadata-item";
    TagList: Get "/servers/{server}/tags", "os-server-tags:index", "server-tags.list", "list-tags";
    TagReplace: Put "/servers/{server}/tags", "os-server-tags:update_all", "server-tags.replace", "replace-tags";
    TagDeleteAll: Delete "/servers/{server}/tags", "os-server-tags:delete_all", "server-tags.delete-all", "delete-all-tags";
    TagShow: Get "/servers/{server}/tags/{tag}", "os-server-tags:show", "server-tags.show", "check-tag-existence";
    TagAdd: Put "/servers/{server}/tags/{tag}", "os-server-tags:update", "server-tags.add", "add-a-single-tag";
    TagDelete: Delete "/servers/{server}/tags/{tag}", "os-server-tags:delete", "server-tags.delete", "delete-a-single-tag";
    PasswordShow: Get "/servers/{server}/os-server-password", "os-server-password:show", "server-password.show", "show-server-password";
    PasswordClear: Delete "/servers/{server}/os-server-password", "os-server-password:clear", "server-password.clear", "clear-admin-password";
    AddressList: Get "/servers/{server}/ips", "ips:index", "server-addresses.list", "list-ips";
    AddressShow: Get "/servers/{server}/ips/{network}", "ips:show", "server-addresses.show", "show-ip-details";
    InstanceActionList: Get "/servers/{server}/os-instance-actions", "os-instance-actions:list", "instance-actions.list", "list-actions-for-server";
    InstanceActionShow: Get "/servers/{server}/os-instance-actions/{request}", "os-instance-actions:show", "instance-actions.show", "show-server-action-details";
    VolumeAttachmentList: Get "/servers/{server}/os-volume_attachments", "os-volumes-attachments:index", "volume-attachments.list", "list-volume-attachments-for-an-instance";
    VolumeAttachmentShow: Get "/servers/{server}/os-volume_attachments/{volume}", "os-volumes-attachments:show", "volume-attachments.show", "show-a-detail-of-a-volume-attachment";
    ServerGroupList: Get "/os-server-groups", "os-server-groups:index", "server-groups.list", "list-server-groups";
    ServerGroupCreate: Post "/os-server-groups", "os-server-groups:create", "server-groups.create", "create-server-group";
    ServerGroupShow: Get "/os-server-groups/{group}", "os-server-groups:show", "server-groups.show", "show-server-group-details";
    ServerGroupDelete: Delete "/os-server-groups/{group}", "os-server-groups:delete", "server-groups.delete", "delete-server-group";
    AvailabilityZoneList: Get "/os-availability-zone", "os-availability-zone:list", "availability-zones.list", "get-availability-zone-information";
    AvailabilityZoneDetail: Get "/os-availability-zone/detail", "os-availability-zone:detail", "availability-zones.detail", "get-detailed-availability-zone-information";
    FlavorList: Get "/flavors", -, "flavors.list", "list-flavors";
    FlavorDetail: Get "/flavors/detail", -, "flavors.detail", "list-flavors-with-details";
    FlavorShow: Get "/flavors/{flavor}", -, "flavors.show", "show-flavor-details";
    ExtraSpecList: Get "/flavors/{flavor}/os-extra_specs", "os-flavor-extra-specs:index", "flavor-extra-specs.list", "list-extra-specs-for-a-flavor";
    ExtraSpecShow: Get "/flavors/{flavor}/os-extra_specs/{key}", "os-flavor-extra-specs:show", "flavor-extra-specs.show", "show-an-extra-spec-for-a-flavor";
    ImageList: Get "/images", -, "images.list", "list-images";
    ImageDetail: Get "/images/detail", -, "images.detail", "list-images-with-details";
    ImageShow: Get "/images/{image}", -, "images.show", "show-image-details";
    ImageDelete: Delete "/images/{image}", -, "images.delete", "delete-image";
    NetworkList: Get "/os-networks", "os-networks:list", "networks.list", "list-networks";
    NetworkShow: Get "/os-networks/{network}", "os-networks:show", "networks.show", "show-network-details";
    SecurityGroupList: Get "/os-security-groups", "os-security-groups:get", "security-groups.list", "list-security-groups";
    SecurityGroupCreate: Post "/os-security-groups", "os-security-groups:create", "security-groups.create", "create-security-group";
    SecurityGroupShow: Get "/os-security-groups/{group}", "os-security-groups:show", "security-groups.show", "show-security-group-details";
    SecurityGroupDelete: Delete "/os-security-groups/{group}", "os-security-groups:delete", "security-groups.delete", "delete-security-group";
    FloatingIpList: Get "/os-floating-ips", "os-floating-ips:list", "floating-ips.list", "list-floating-ip-addresses";
}

impl Operation {
    /// Its place in [`Operation::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    const fn described(self) -> &'static Described {
        &DESCRIBED[self as usize]
    }

    /// The method and the path below the endpoint; `{…}` stands for one segment.
    pub const fn route(self) -> (Method, &'static str) {
        let described = self.described();
        (described.method, described.path)
    }

    /// The one member of the body that chooses it among the operations of its path: `rebuild`.
    pub const fn action(self) -> Option<&'static str> {
        self.described().action
    }

    /// Whether the operations described here are enough to make it succeed. An image to delete is made by the image service.
    pub const fn succeeds_by_itself(self) -> bool {
        !matches!(self, Self::ImageDelete)
    }

    /// Whether Nova looks at its query at all: it does for everything that is read, and for what takes a `user_id`
    /// there. A query that it does not look at may be anything, even no text.
    pub const fn reads_query(self) -> bool {
        matches!(self.described().method, Method::Get)
            || matches!(
                self,
                Self::KeypairDelete | Self::QuotaUpdate | Self::QuotaDelete
            )
    }

    /// The policy rule that decides who may use it, where one does.
    pub const fn policy(self) -> Option<&'static str> {
        self.described().policy
    }

    /// A stable name for ids, samples and documents: `keypairs.create`.
    pub const fn name(self) -> &'static str {
        self.described().name
    }

    /// The section of the Compute API reference that describes it.
    pub const fn reference(self) -> &'static str {
        self.described().reference
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
