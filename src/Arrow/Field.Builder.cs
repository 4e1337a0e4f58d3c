using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class Field
{
    /// <summary>Collects what a field needs; it is nullable unless told otherwise.</summary>
    public class Builder
    {
        private Dictionary<string, string>? _metadata;
        private string _name = "";
        private bool _nullable = true;
        private IArrowType? _type;

        /// <summary>Sets the name.</summary>
        public Builder Name(string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            _name = value;
            return this;
        }

        /// <summary>Sets the type.</summary>
        public Builder DataType(IArrowType type)
        {
            ArgumentNullException.ThrowIfNull(type);
            _type = type;
            return this;
        }

        /// <summary>Says whether values may be null.</summary>
        public Builder Nullable(bool value)
        {
            _nullable = value;
            return this;
        }

        /// <summary>Sets a note.</summary>
        public Builder Metadata(string key, string value)
        {
            (_metadata ??= [])[key] = value;
            return this;
        }

        /// <summary>Sets notes.</summary>
        public Builder Metadata(IEnumerable<KeyValuePair<string, string>> dictionary)
        {
            ArgumentNullException.ThrowIfNull(dictionary);
            foreach ((string key, string value) in dictionary)
            {
                Metadata(key, value);
            }

            return this;
        }

        /// <summary>Makes the field.</summary>
        public Field Build() => new(
            _name, _type ?? throw new InvalidOperationException($"The field '{_name}' needs a type."), _nullable, _metadata);
    }
}
