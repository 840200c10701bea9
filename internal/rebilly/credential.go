package rebilly

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// The headers that carry a credential: the contract's security schemes
// SecretApiKey and JWT.
const (
	secretKeyHeader = "REB-APIKEY"
	jwtHeader       = "Authorization"
	jwtPrefix       = "Bearer "
)

// Credential is what authenticates a request. Its zero value authenticates
// nothing and is refused by NewClient. However it is printed, formatted or
// logged, it shows "(sensitive)" and never the secret.
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

// ValidateCredential returns nil where secret can be sent in a header as it
// is: not empty, no white space around it, visible ASCII only (RFC 9110,
// section 5.5). The error says what is wrong without any part of the secret.
func ValidateCredential(secret string) error {
	switch {
	case secret == "":
		return errors.New("the value is empty; check the variable or secret that it comes from")
	case strings.TrimSpace(secret) == "":
		return errors.New("the value is nothing but white space")
	case strings.TrimSpace(secret) != secret:
		return errors.New("the value begins or ends with white space, as a secret pasted with its newline does; remove the white space")
	case strings.HasPrefix(secret, jwtPrefix):
		return errors.New("the value begins with the authentication scheme Bearer; give the token alone")
	}
	for position, character := range secret {
		if character <= ' ' || character > '~' {
			return fmt.Errorf("character %d of the value cannot stand in an HTTP header; secret keys and tokens are visible ASCII without spaces", position+1)
		}
	}

	return nil
}

func (c Credential) authenticate(header http.Header) {
	header.Set(c.header, c.prefix+c.secret)
}

const redactedCredential = "(sensitive)"

// String returns "(sensitive)".
func (Credential) String() string { return redactedCredential }

// GoString returns "(sensitive)", for the verb %#v.
func (Credential) GoString() string { return redactedCredential }

// Format writes "(sensitive)" for every verb, those included that would
// print the fields of a struct one by one.
func (Credential) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redactedCredential)) }

// LogValue returns "(sensitive)", for log/slog.
func (Credential) LogValue() slog.Value { return slog.StringValue(redactedCredential) }
