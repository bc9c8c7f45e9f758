// Package odata reads OData query options and applies them to entities.
//
// Entities are JSON values as jsontext.Decode returns them. An edm.Type has their
// properties; everything is checked against it when it is read, so that applying never
// fails. Names of properties, functions and operators are matched in any case, as on
// Graph, and are kept in the spelling of the type.
//
// Where OData or Graph leave a choice, this is what happens:
//
//   - A date in quotes is a date where a date is asked for, and a date without a
//     time is its midnight in UTC.
//   - Members of enumerations are strings, with or without the name of their type.
//   - Strings compare byte by byte, in their case; GUIDs in any case. Positions
//     and lengths count characters (code points).
//   - Parts of a date, such as its hour, are those of UTC.
//   - Null equals null and nothing else; greater and less than null are false;
//     not, and, or know null as unknown; null at the end is no match.
//   - Numbers of any size compare exactly.
//   - A value that is not of its property's kind counts as null.
//   - A collection in a lambda is one of the innermost variable, so that
//     evaluating takes time in proportion to the entity.
package odata
