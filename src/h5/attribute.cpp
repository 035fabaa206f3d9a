#include <algorithm>

#include "call.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::h5 {
namespace {

Type variable_text() {
  silence();
  Type type(TypeHandle(check(H5Tcopy(H5T_C_S1), "making a text type")));
  check(H5Tset_size(type.id(), H5T_VARIABLE), "making a text type");
  check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "making a text type");
  return type;
}

void set(hid_t file, const std::string& object, const std::string& name, hid_t type, hid_t space, const void* value) {
  const std::string what = cat("setting the attribute ", name, " of ", object);
  const Attribute attribute(check(
      H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), what));
  // HDF5 1.10 refuses to write an empty list of texts.
  if (value != nullptr) check(H5Awrite(attribute.get(), type, value), what);
}

Space one() { return Space(check(H5Screate(H5S_SCALAR), "making a scalar")); }
Space list(hsize_t length) { return Space(check(H5Screate_simple(1, &length, nullptr), "making a list")); }

struct Source {
  Attribute attribute;
  Space space;
  Type type;
  std::size_t length = 0;
  std::string what;
};

Source open(hid_t file, const std::string& object, const std::string& name) {
  const std::string what = cat("reading the attribute ", name, " of ", object);
  Attribute attribute(check(H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), what));
  Space space(check(H5Aget_space(attribute.get()), what));
  Type type(TypeHandle(check(H5Aget_type(attribute.get()), what)));
  const auto length = static_cast<std::size_t>(check(H5Sget_simple_extent_npoints(space.get()), what));
  return {std::move(attribute), std::move(space), std::move(type), length, what};
}

template <class T>
std::vector<T> read_as(const Source& source, hid_t memory_type) {
  std::vector<T> values(source.length);
  if (source.length > 0) check(H5Aread(source.attribute.get(), memory_type, values.data()), source.what);
  return values;
}

std::vector<std::string> read_variable_texts(const Source& source) {
  const Type type = variable_text();
  auto raw = read_as<char*>(source, type.id());
  std::vector<std::string> values;
  for (const char* text : raw) values.emplace_back(text == nullptr ? "" : text);
  if (!raw.empty()) H5Dvlen_reclaim(type.id(), source.space.get(), H5P_DEFAULT, raw.data());
  return values;
}

std::vector<std::string> read_texts(const Source& source) {
  if (H5Tget_class(source.type.id()) != H5T_STRING)
    throw Error(Fault::system, cat(source.what, " failed (it is no text)"));
  if (!source.type.is_text()) return read_variable_texts(source);
  const std::size_t width = source.type.size();
  std::string all(width * source.length, '\0');
  if (source.length > 0) check(H5Aread(source.attribute.get(), source.type.id(), all.data()), source.what);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < source.length; ++i) {
    const std::string value = all.substr(i * width, width);
    values.push_back(value.substr(0, value.find('\0')));
  }
  return values;
}

template <class T>
T only(std::vector<T> values, const std::string& what) {
  if (values.size() != 1) throw Error(Fault::system, cat(what, " failed (it holds ", values.size(), " values)"));
  return std::move(values.front());
}

}  // namespace

void File::set_text(const std::string& object, const std::string& name, const std::string& value) {
  const char* const raw = value.c_str();
  set(handle_.get(), object, name, variable_text().id(), one().get(), &raw);
}

void File::set_integer(const std::string& object, const std::string& name, std::int64_t value) {
  set(handle_.get(), object, name, Type::i64().id(), one().get(), &value);
}

void File::set_number(const std::string& object, const std::string& name, double value) {
  set(handle_.get(), object, name, Type::f64().id(), one().get(), &value);
}

void File::set_texts(const std::string& object, const std::string& name, const std::vector<std::string>& values) {
  std::vector<const char*> raw;
  for (const auto& value : values) raw.push_back(value.c_str());
  set(handle_.get(), object, name, variable_text().id(), list(raw.size()).get(), raw.empty() ? nullptr : raw.data());
}

void File::set_numbers(const std::string& object, const std::string& name, const std::vector<double>& values) {
  set(handle_.get(), object, name, Type::f64().id(), list(values.size()).get(),
      values.empty() ? nullptr : values.data());
}

bool File::has_attribute(const std::string& object, const std::string& name) const {
  return H5Aexists_by_name(handle_.get(), object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::string File::text(const std::string& object, const std::string& name) const {
  const auto source = open(handle_.get(), object, name);
  return only(read_texts(source), source.what);
}

std::int64_t File::integer(const std::string& object, const std::string& name) const {
  const auto source = open(handle_.get(), object, name);
  return only(read_as<std::int64_t>(source, H5T_NATIVE_INT64), source.what);
}

double File::number(const std::string& object, const std::string& name) const {
  const auto source = open(handle_.get(), object, name);
  return only(read_as<double>(source, H5T_NATIVE_DOUBLE), source.what);
}

std::vector<std::string> File::texts(const std::string& object, const std::string& name) const {
  return read_texts(open(handle_.get(), object, name));
}

std::vector<double> File::numbers(const std::string& object, const std::string& name) const {
  return read_as<double>(open(handle_.get(), object, name), H5T_NATIVE_DOUBLE);
}

}  // namespace twinmill::h5
