package rebilly

import (
	"fmt"
	"log/slog"
	"net/http"
)

// The headers of the API's security schemes SecretApiKey and JWT.
const (
	secretKeyHeader = "REB-APIKEY"
	jwtHeader       = "Authorization"
	jwtPrefix       = "Bearer "
)

// Credential authenticates requests. NewClient refuses its zero value. However
// it is printed, formatted, or logged, it shows "(sensitive)", never the secret.
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

const redactedCredential = "(sensitive)"

// String returns "(sensitive)".
func (Credential) String() string { return redactedCredential }

// GoString returns "(sensitive)", for the verb %#v.
func (Credential) GoString() string { return redactedCredential }

// Format writes "(sensitive)" for every verb, including those that print the
// fields of a struct.
func (Credential) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redactedCredential)) }

// LogValue returns "(sensitive)", for log/slog.
func (Credential) LogValue() slog.Value { return slog.StringValue(redactedCredential) }
