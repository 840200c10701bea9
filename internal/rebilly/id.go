package rebilly

import (
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// maxIDLength is the contract's limit for every resource id, in characters.
const maxIDLength = 50

var idPattern = regexp.MustCompile(`^[@~\-.\w]+$`)

// ValidateID returns nil where the API's contract admits id as the id of a
// resource: 1 to 50 characters, each a letter, a digit or one of @ ~ - . _
// (the parameter resourceId). The ids "." and ".." fit that pattern and are
// refused all the same, because in a URL they name another path.
// The error says what is wrong with the id and what an id looks like.
func ValidateID(id string) error {
	switch length := utf8.RuneCountInString(id); {
	case length == 0:
		return errors.New("the id is empty; give an id such as org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK")
	case length > maxIDLength:
		return fmt.Errorf("the id is %d characters long, and the API's ids have at most %d", length, maxIDLength)
	case !idPattern.MatchString(id):
		return fmt.Errorf("the id %q holds a character that the API's ids do not have; they are made of letters, digits and @ ~ - . _", id)
	case id == "." || id == "..":
		return fmt.Errorf("the id %q would change the path of the request; give an id such as org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK", id)
	}

	return nil
}
