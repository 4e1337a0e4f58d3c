namespace Pipeline.Engine.Identity;

/// <summary>One named field of a key, kept so that two keys can be compared field by field.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Value">The value as text, for people; the key is made from the typed value.</param>
/// <param name="Type">The sort of value, such as text or integer: 1 and "1" make different keys.</param>
public readonly record struct FingerprintField(string Name, string Value, string Type);
