use super::outcome::{done, fails_with};
use crate::ports::{BucketEncryption, BucketLook, ErrorKind, LifecycleRule, NumberSetting, PhoneNumbers, PublicAccess};
use crate::recording::Organisation;

/// A bucket's settings are told as they are, however often.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn bucket_look(
    port: &impl BucketLook,
    lifecycle: &[LifecycleRule],
    encryption: &BucketEncryption,
    public_access: PublicAccess,
) {
    for _ in 0..2 {
        assert_eq!(done("lifecycle", port.lifecycle().await), lifecycle);
        assert_eq!(done("encryption", port.encryption().await), *encryption);
        assert_eq!(done("public_access", port.public_access().await), public_access);
    }
}

/// The numbers of an organisation's account are told, whatever a page holds, and nobody else's. `nobody` has no account.
///
/// # Panics
/// When the port does not keep the contract.
pub async fn phone_numbers(
    port: &impl PhoneNumbers,
    organisation: &Organisation,
    expected: &[NumberSetting],
    nobody: &Organisation,
) {
    let ordered = |mut numbers: Vec<NumberSetting>| {
        numbers.sort_by(|one, other| one.id.cmp(&other.id));
        numbers
    };
    for _ in 0..2 {
        let told = done("numbers", port.numbers(organisation).await);
        assert_eq!((ordered(told.numbers), told.strange), (ordered(expected.to_vec()), 0));
    }
    fails_with("an organisation without an account", ErrorKind::Refused, port.numbers(nobody).await);
}
