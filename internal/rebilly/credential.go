package rebilly

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// bearer precedes a token in the header Authorization.
const bearer = "Bearer "

// Credential authenticates requests. NewClient refuses its zero value. However
// it is printed or logged, it never shows the secret.
type Credential struct {
	header, prefix, secret string
}

// SecretKey returns a credential that sends key in the header REB-APIKEY.
func SecretKey(key string) Credential {
	return Credential{header: "REB-APIKEY", secret: key}
}

// JWT returns a credential that sends token as a bearer token (RFC 6750).
func JWT(token string) Credential {
	return Credential{header: "Authorization", prefix: bearer, secret: token}
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

// ValidateCredential returns nil if secret can be a secret API key or a JWT: one
// or more visible ASCII characters, which a header carries unchanged (RFC 9110,
// section 5.5). It refuses publishable keys (pk_...), which cannot call the API,
// and tokens after the authentication scheme Bearer. The error says what is
// wrong and how to fix it, and does not show the secret.
func ValidateCredential(secret string) error {
	switch {
	case secret == "":
		return errors.New("the value is empty; check the variable or secret that it comes from")
	case strings.TrimSpace(secret) == "":
		return errors.New("the value is only whitespace; check the variable or secret that it comes from")
	case strings.TrimSpace(secret) != secret:
		return errors.New("the value begins or ends with whitespace, such as a newline; remove it, with trimspace() in a configuration, or with \"$(cat FILE)\" in a shell")
	case strings.HasPrefix(secret, `"`), strings.HasPrefix(secret, "'"):
		return errors.New("the value has quotation marks, which some files of variables keep; remove them")
	case strings.HasPrefix(secret, "pk_"):
		return errors.New("the value is a publishable key (pk_...), which cannot call this API; give a secret API key (sk_...)")
	case strings.HasPrefix(secret, bearer):
		return errors.New("the value begins with the authentication scheme Bearer; give the token alone")
	}
	for position, character := range secret {
		if character <= ' ' || character > '~' {
			return fmt.Errorf("character %d of the value is not allowed in an HTTP header; keys and tokens consist of visible ASCII characters without spaces", position+1)
		}
	}

	return nil
}

// LooksLikeCredential reports whether text begins like a secret or publishable API
// key or a JWT. Then no argument but a credential can have it, and nobody may show it.
func LooksLikeCredential(text string) bool {
	// Some tools keep the quotation marks of a variable.
	text = strings.TrimLeft(strings.Map(visible, text), "\n \"'`")

	return strings.HasPrefix(text, "sk_") || strings.HasPrefix(text, "pk_") || strings.HasPrefix(text, "eyJ")
}

// RefuseCredential returns an error, without text, if LooksLikeCredential is true.
func RefuseCredential(text string) error {
	if LooksLikeCredential(text) {
		return errors.New("the value begins like a credential (sk_, pk_, or eyJ), and this text does not show it; set it as api_key or jwt only")
	}

	return nil
}
