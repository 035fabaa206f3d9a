#include "call.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::h5 {
namespace {

Type copy_of(hid_t predefined) {
  silence();
  return Type(TypeHandle(check(H5Tcopy(predefined), "copying a type")));
}

}  // namespace

Type Type::u8() { return copy_of(H5T_STD_U8LE); }
Type Type::i32() { return copy_of(H5T_STD_I32LE); }
Type Type::u32() { return copy_of(H5T_STD_U32LE); }
Type Type::i64() { return copy_of(H5T_STD_I64LE); }
Type Type::u64() { return copy_of(H5T_STD_U64LE); }
Type Type::f32() { return copy_of(H5T_IEEE_F32LE); }
Type Type::f64() { return copy_of(H5T_IEEE_F64LE); }

Type Type::complex64() {
  std::vector<Member> parts;
  parts.push_back({"r", 0, f32()});
  parts.push_back({"i", 0, f32()});
  return compound(parts);
}

Type Type::text(std::size_t length) {
  Type type = copy_of(H5T_C_S1);
  check(H5Tset_size(type.id(), length), "making a text type");
  check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "making a text type");
  check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "making a text type");
  return type;
}

Type Type::compound(const std::vector<Member>& members) {
  silence();
  std::size_t size = 0;
  for (const auto& member : members) size += member.type.size();
  Type type(TypeHandle(check(H5Tcreate(H5T_COMPOUND, size), "making a compound type")));
  std::size_t offset = 0;
  for (const auto& member : members) {
    check(H5Tinsert(type.id(), member.name.c_str(), offset, member.type.id()), "making a compound type");
    offset += member.type.size();
  }
  return type;
}

std::size_t Type::size() const { return H5Tget_size(id()); }

bool Type::is_text() const { return H5Tget_class(id()) == H5T_STRING && H5Tis_variable_str(id()) == 0; }

std::vector<Member> Type::members() const {
  std::vector<Member> all;
  if (H5Tget_class(id()) != H5T_COMPOUND) return all;
  const int count = check(H5Tget_nmembers(id()), "counting the members of a type");
  for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
    char* const name = H5Tget_member_name(id(), i);
    if (name == nullptr) fail("reading the members of a type");
    const std::string copy(name);
    H5free_memory(name);
    all.push_back({copy, H5Tget_member_offset(id(), i),
                   Type(TypeHandle(check(H5Tget_member_type(id(), i), "reading the members of a type")))});
  }
  return all;
}

bool Type::same_as(const Type& other) const { return check(H5Tequal(id(), other.id()), "comparing types") > 0; }

}  // namespace twinmill::h5
