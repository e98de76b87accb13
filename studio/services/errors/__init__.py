"""What a use case refuses. Over each group stands its module.

::

    ServiceError
    │
    │   files
    ├── InputMissing            a path that is not there, or holds no images
    ├── OutputUnwritable        the folder for results cannot be written
    ├── HomeUnwritable          the folder of database and store cannot be made
    ├── OutputBusy              another run writes to the same folder
    ├── ManifestInvalid         a manifest that cannot be read at all
    ├── NamePatternInvalid      a pattern for file names that no image can be named by
    ├── VariantsInvalid         a set of variants that cannot be made
    ├── CountsInvalid           a file of counts that cannot be analysed
    ├── CredentialsTooLarge     signing would break the channel's byte limit
    │
    │   databases
    ├── DatabaseUnusable        the database cannot be opened, or fails
    ├── DatabaseNotUnicode      the database has no place for most characters
    ├── DatabaseBehind          its tables are those of an older version
    ├── DatabaseAhead           its tables are those of a newer version
    ├── StepNotFound            no migration of this name
    ├── BackupUnusable          a file that is no backup of ours
    ├── BackupRefused           a backup that cannot be made or put back here and now
    ├── TenantNotFound          nobody of this name shares the installation
    ├── TenantRefused           a tenant that cannot be made, or a command that is for all of them
    │
    │   experiments
    ├── ExperimentError
    │   ├── TestNotFound        no test of this id
    │   ├── TestInvalid         a new test contradicts itself; `field` names where
    │   │   └── VariantFailed   an image that failed a check
    │   ├── VariantNotFound     the test has no such variant
    │   ├── SegmentNotFound     the test has no such segment
    │   ├── ActionRefused       the test's state does not allow the action
    │   ├── ItemBusy            another test runs on the same item
    │   ├── LayerBusy           the layer has less left than the test wants
    │   ├── VerdictMissing      promotion by verdict, but the verdict is another
    │   ├── ReasonMissing       a decision by hand says why
    │   ├── UnitInvalid         a unit's id, or a reason to leave it out, that cannot be kept
    │   ├── BatchTooLarge       more events or items than one request may carry
    │   ├── EventsBusy          more events wait for the disk than are held in memory
    │   │
    │   │   access
    │   ├── ScopeUnknown        a key was asked for with a scope that does not exist
    │   ├── KeyNotFound         no key of this id
    │   ├── KeyRevoked          the key is in force no longer
    │   └── AccessRefused
    │       ├── KeyRefused      the secret is unknown or revoked
    │       ├── RateExceeded    more requests under a key than it was made for
    │       └── ScopeMissing    the key may not do this
    ├── ImageLinkRefused        an image's address that is not signed, or no longer good
    │
    │   webhooks
    ├── WebhookError
    │   ├── WebhookNotFound     no webhook of this id
    │   └── WebhookInvalid      a webhook that cannot be made; `field` says where
    ├── AddressRefused          a URL that nothing is sent to
    └── Unanswered              a request that got no answer
"""

from studio.services.errors.access import (
    AccessRefused,
    ImageLinkRefused,
    KeyNotFound,
    KeyRefused,
    KeyRevoked,
    RateExceeded,
    ScopeMissing,
    ScopeUnknown,
)
from studio.services.errors.base import ServiceError
from studio.services.errors.databases import (
    BackupRefused,
    BackupUnusable,
    DatabaseAhead,
    DatabaseBehind,
    DatabaseNotUnicode,
    DatabaseUnusable,
    StepNotFound,
    TenantNotFound,
    TenantRefused,
)
from studio.services.errors.experiments import (
    ActionRefused,
    BatchTooLarge,
    EventsBusy,
    ExperimentError,
    ItemBusy,
    LayerBusy,
    ReasonMissing,
    SegmentNotFound,
    TestInvalid,
    TestNotFound,
    UnitInvalid,
    VariantFailed,
    VariantNotFound,
    VerdictMissing,
)
from studio.services.errors.files import (
    CountsInvalid,
    CredentialsTooLarge,
    HomeUnwritable,
    InputMissing,
    ManifestInvalid,
    NamePatternInvalid,
    OutputBusy,
    OutputUnwritable,
    VariantsInvalid,
)
from studio.services.errors.webhooks import (
    AddressRefused,
    Unanswered,
    WebhookError,
    WebhookInvalid,
    WebhookNotFound,
)

__all__ = [
    "AccessRefused",
    "ActionRefused",
    "AddressRefused",
    "BackupRefused",
    "BackupUnusable",
    "BatchTooLarge",
    "CountsInvalid",
    "CredentialsTooLarge",
    "DatabaseAhead",
    "DatabaseBehind",
    "DatabaseNotUnicode",
    "DatabaseUnusable",
    "EventsBusy",
    "ExperimentError",
    "HomeUnwritable",
    "ImageLinkRefused",
    "InputMissing",
    "ItemBusy",
    "KeyNotFound",
    "KeyRefused",
    "KeyRevoked",
    "LayerBusy",
    "ManifestInvalid",
    "NamePatternInvalid",
    "OutputBusy",
    "OutputUnwritable",
    "RateExceeded",
    "ReasonMissing",
    "ScopeMissing",
    "ScopeUnknown",
    "SegmentNotFound",
    "ServiceError",
    "StepNotFound",
    "TenantNotFound",
    "TenantRefused",
    "TestInvalid",
    "TestNotFound",
    "Unanswered",
    "UnitInvalid",
    "VariantFailed",
    "VariantNotFound",
    "VariantsInvalid",
    "VerdictMissing",
    "WebhookError",
    "WebhookInvalid",
    "WebhookNotFound",
]
