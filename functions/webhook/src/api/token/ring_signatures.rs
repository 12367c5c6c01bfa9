//! The signatures of tokens, checked by ring: the cryptography that TLS brings along already.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use ring::{error::Unspecified, hmac};

static PROVIDER: CryptoProvider = CryptoProvider {
    // Tokens are issued by tools/issue_token.py and by others, never here.
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: |algorithm, key| Ok(Box::new(RingVerifier::new(*algorithm, key)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Lets the library check signatures by ring. The first time decides; every other one changes nothing.
pub(super) fn install() {
    // An error says that it is there already.
    let _ = PROVIDER.install_default();
}

/// A key together with the one algorithm that it is for.
struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl RingVerifier {
    /// # Errors
    /// For an algorithm that is not supported, and for a key of another kind than the algorithm's.
    fn new(algorithm: Algorithm, key: &DecodingKey) -> Result<Self> {
        if algorithm.family() != key.family() {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        match algorithm {
            Algorithm::HS256 | Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA => {
                Ok(Self { algorithm, key: key.clone() })
            }
            _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
        }
    }

    fn check(&self, message: &[u8], signature: &[u8]) -> std::result::Result<(), Unspecified> {
        let public = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature)
        };
        match (self.key.family(), self.key.kind()) {
            (AlgorithmFamily::Hmac, DecodingKeyKind::SecretOrDer(key)) => {
                hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), message, signature)
            }
            (AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(key)) => {
                public(&signature::ECDSA_P256_SHA256_FIXED, key)
            }
            (AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(key)) => public(&signature::ED25519, key),
            (AlgorithmFamily::Rsa, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                let parameters = match self.algorithm {
                    Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            // RSA keys come out of a JWKS, as their two numbers; no other key does.
            (AlgorithmFamily::Rsa, DecodingKeyKind::SecretOrDer(_))
            | (_, DecodingKeyKind::RsaModulusExponent { .. }) => Err(Unspecified),
        }
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        self.check(message, signature).map_err(|Unspecified| Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
