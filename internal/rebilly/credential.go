package rebilly

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// The headers of the API's security schemes SecretApiKey and JWT.
const (
	secretKeyHeader = "REB-APIKEY"
	jwtHeader       = "Authorization"
	jwtPrefix       = "Bearer "
)

// Credential authenticates requests. NewClient refuses its zero value. However
// it is printed or logged, it never shows the secret.
type Credential struct {
	header, prefix, secret string
}

// SecretKey returns a credential that sends key in the header REB-APIKEY.
func SecretKey(key string) Credential {
	return Credential{header: secretKeyHeader, secret: key}
}

// JWT returns a credential that sends token as a bearer token (RFC 6750).
func JWT(token string) Credential {
	return Credential{header: jwtHeader, prefix: jwtPrefix, secret: token}
}

func (c Credential) authenticate(header http.Header) {
	header.Set(c.header, c.prefix+c.secret)
}

// Fingerprint returns a text by which Matches recognizes the credential: a random
// salt, and the HMAC-SHA256 (RFC 2104) of the secret with it. It does not reveal
// the secret, unless that can be guessed.
func (c Credential) Fingerprint() string {
	salt := rand.Text()

	return salt + ":" + c.keyedHash(salt)
}

// Matches reports whether fingerprint is one of this credential.
func (c Credential) Matches(fingerprint string) bool {
	salt, sum, found := strings.Cut(fingerprint, ":")

	return found && hmac.Equal([]byte(sum), []byte(c.keyedHash(salt)))
}

func (c Credential) keyedHash(salt string) string {
	hash := hmac.New(sha256.New, []byte(salt))
	hash.Write([]byte(c.secret))

	return hex.EncodeToString(hash.Sum(nil))
}

// Format writes "(sensitive)" for every verb, including those that print the
// fields of a struct.
func (Credential) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte("(sensitive)")) }
